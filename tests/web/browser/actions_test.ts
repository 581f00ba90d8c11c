import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { encode } from "uqr";
import { browserTest, waitForCount } from "./browser.ts";
import { fakeFile, FakeTracker } from "./fake_tracker.ts";
import { sampleSwarm, sampleSwarms } from "./sample_swarm.ts";

const { file } = sampleSwarm();

/** Opens the page at a file. */
async function open(page: Page, tracker: FakeTracker): Promise<void> {
  await page.goto(`${tracker.url}#/${file.infoHash}`);
  await page.waitForSelector(".peer-row .who");
}

/** Pastes what the clipboard has into a field, and takes it from there. */
async function pasted(page: Page): Promise<string> {
  await page.fill("input[type=search]", "");
  await page.press("input[type=search]", "ControlOrMeta+V");
  return await page.inputValue("input[type=search]");
}

const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

browserTest(
  "what is copied is what stands there, and the button says so",
  CLIPBOARD,
  async ({ page }) => {
    await using tracker = await FakeTracker.open({ swarms: sampleSwarms() });
    await open(page, tracker);
    await page.click("role=button[name='Copy link of the magnet']");
    await page.waitForSelector("text=Copied");
    assertEquals(await pasted(page), file.magnet);
    await page.click("role=button[name='Copy command line']");
    await page.waitForSelector(".command [role=status]:has-text('Copied')");
    assertEquals(await pasted(page), "sluice get lecture.mp4 --tracker 127.0.0.1:6789");
  },
);

browserTest(
  "where the browser has no clipboard for pages, copying works all the same",
  {},
  async ({ page }) => {
    await page.addInitScript(() => {
      Object.defineProperty(navigator, "clipboard", { value: undefined });
    });
    await using tracker = await FakeTracker.open({ swarms: sampleSwarms() });
    await open(page, tracker);
    await page.focus("role=button[name='Copy info-hash']");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=Copied");
    const focused = await page.evaluate("document.activeElement.ariaLabel");
    assert(String(focused).includes("info-hash"), "the focus is lost");
    assertEquals(await pasted(page), file.infoHash);
  },
);

browserTest(
  "command lines name the tracker as other machines find it",
  {},
  async ({ page }) => {
    await using tracker = await FakeTracker.open({ swarms: sampleSwarms(), host: "192.0.2.7" });
    await open(page, tracker);
    assertEquals(
      await page.innerText(".area-get .command code"),
      "sluice get lecture.mp4 --tracker 192.0.2.7:6789",
    );
    await using empty = await FakeTracker.open({ host: "192.0.2.8" });
    await page.goto(empty.url);
    await page.waitForSelector(".welcome code:has-text('--tracker 192.0.2.8:6789')");
  },
);

browserTest("the QR code is that of the magnet link, in black on white in the dark, too", {
  colorScheme: "dark",
}, async ({ page, keep }) => {
  await using tracker = await FakeTracker.open({ swarms: sampleSwarms() });
  await open(page, tracker);
  await page.click("text=QR code of the magnet link");
  await page.waitForSelector(".qr-code");
  await keep("qr-code");
  const { data, size } = encode(String(file.magnet), { ecc: "L", border: 4 });
  const drawn: number[] = await page.evaluate(`(() => {
    const canvas = document.querySelector(".qr-code");
    const { width } = canvas;
    const module = Math.floor(width / ${size});
    const offset = Math.floor((width - module * ${size}) / 2);
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, width);
    const middle = (at) => offset + at * module + Math.floor(module / 2);
    return Array.from({ length: ${size * size} }, (_, at) =>
      data[4 * (width * middle(Math.floor(at / ${size})) + middle(at % ${size}))]);
  })()`);
  assertEquals(drawn, data.flat().map((isDark) => isDark ? 0 : 255));
});

browserTest(
  "the page is used by keyboard alone: skip, search, choose, order",
  {},
  async ({ page }) => {
    await using tracker = await FakeTracker.open({ swarms: sampleSwarms() });
    await page.goto(tracker.url);
    await page.waitForSelector(".file-row");
    await page.keyboard.press("Tab");
    assertEquals(await page.evaluate("document.activeElement.innerText"), "Skip to content");
    await page.keyboard.press("Enter");
    assertEquals(await page.evaluate("document.activeElement.id"), "content");
    await page.focus("input[type=search]");
    await page.keyboard.type("LECT");
    await page.waitForSelector(".file-row >> nth=1", { state: "detached" });
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForSelector("h1:has-text('lecture.mp4')");
    assertEquals(await page.getAttribute(".file-row", "aria-current"), "page");
    await page.waitForSelector("main:focus");
    await page.focus(".order select");
    await page.keyboard.press("ArrowDown");
    const addresses = page.locator(".peers .who .number");
    await page.waitForSelector(".peers .virtual-row >> nth=0 >> text=2001:db8");
    assertEquals(await addresses.count(), 9);
  },
);

browserTest(
  "files that were not sent are found by asking the tracker, beside those that were, each once",
  {},
  async ({ page }) => {
    const infoHash = "ab12".padEnd(40, "0");
    const unsent = [fakeFile({ infoHash, name: "Old DEBIAN.iso", magnet: "" })];
    await using tracker = await FakeTracker.open({
      ...{ swarms: sampleSwarms(), moreFiles: 5_000, unsent },
    });
    await page.goto(tracker.url);
    await page.waitForSelector("text=5,006");
    const search = (text: string) =>
      Promise.all([
        page.waitForResponse(new RegExp(`/api/v1/files\\?search=${text}&`)),
        page.fill("input[type=search]", text),
      ]);
    await search("bian");
    await waitForCount(page, ".file-row", 2);
    assertEquals(await page.locator(".file-row .name").allInnerTexts(), [
      ...["debian-13.1.0-amd64-netinst.iso", "Old DEBIAN.iso"],
    ]);
    await search("ab12");
    await waitForCount(page, ".file-row", 1);
    assertEquals(tracker.searched, ["bian", "ab12"]);
    await page.fill("input[type=search]", "nowhere");
    await page.waitForSelector("text=No file has such a name");
  },
);

browserTest("where not all files were searched the page says so", {}, async ({ page }) => {
  await using tracker = await FakeTracker.open({
    ...{ swarms: sampleSwarms(), moreFiles: 90_000, searches: "some" },
  });
  await page.goto(tracker.url);
  await page.waitForSelector("text=90,005");
  await page.fill("input[type=search]", "debian");
  await page.waitForSelector("text=The tracker has more files than it searches");
  await waitForCount(page, ".file-row", 1);
  await page.fill("input[type=search]", "nowhere");
  await page.waitForSelector("text=No file has such a name among those that were searched");
});

browserTest(
  "what the page has is found though the tracker cannot search",
  {},
  async ({ page, expectFault }) => {
    expectFault("503");
    await using tracker = await FakeTracker.open({ swarms: sampleSwarms(), moreFiles: 5_000 });
    await page.route("**/api/v1/files?*", (route) => route.fulfill({ status: 503 }));
    await page.goto(tracker.url);
    await page.waitForSelector("text=5,005");
    const asked = page.waitForResponse(/\/api\/v1\/files\?search=SINFONIE&/);
    await page.fill("input[type=search]", "SINFONIE");
    await asked;
    await waitForCount(page, ".file-row", 1);
    await page.fill("input[type=search]", "nowhere");
    await page.waitForSelector("text=The tracker cannot search now");
  },
);

browserTest("what was found stays as it is at the tracker", {}, async ({ page }) => {
  await page.clock.install();
  const swarms = sampleSwarms();
  const debian = swarms[1];
  assert(debian !== undefined);
  const others = swarms.filter((swarm) => swarm !== debian);
  await using tracker = await FakeTracker.open({ swarms, moreFiles: 5_000 });
  await page.goto(tracker.url);
  await Promise.all([
    page.waitForResponse(/\/api\/v1\/files\?search=debian&/),
    page.fill("input[type=search]", "debian"),
  ]);
  await waitForCount(page, ".file-row", 1);
  const tell = (change: Record<string, unknown>) =>
    tracker.send("files", { changed: [], gone: [], total: 5_005, ...change });
  tell({ changed: [{ ...debian.file, seeders: 13 }] });
  await page.waitForSelector("text=13 seeders");

  // The page is told of the first ones only; that one of the others has gone it sees by their number.
  tracker.setContent({ swarms: others, moreFiles: 5_000 });
  tell({ gone: [debian.file.infoHash], total: 5_004 });
  await page.waitForSelector("text=No file has such a name");

  // Nothing tells that it has come again: it is asked for now and then.
  tracker.setContent({ swarms, moreFiles: 4_999 });
  const seen = page.waitForSelector("text=12 seeders");
  await page.clock.fastForward(11_000);
  await seen;
});

browserTest("a command line is broken between its words only", {
  viewport: { width: 360, height: 740 },
}, async ({ page }) => {
  await using tracker = await FakeTracker.open({ swarms: sampleSwarms() });
  await open(page, tracker);
  const heights: number[] = await page.evaluate(
    "[...document.querySelector('.command code').children].map((word) => word.offsetHeight)",
  );
  assertEquals(heights.length, 5);
  assertEquals(new Set(heights).size, 1, `words of ${heights} pixels`);
  const line = await page.locator(".command code").first().boundingBox();
  assert(line !== null && line.height > 2 * Math.max(...heights), "all fits into a line");
});

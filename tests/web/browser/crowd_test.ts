import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { encodeBase64 } from "./base64.ts";
import { browserTest } from "./browser.ts";
import { fakeFile, fakePeer, FakeTracker } from "./fake_tracker.ts";

const PEERS = 1_000;
const FILES = 1_000;
const UPDATES = 9;

/** No task may keep the page from answering for so long (W3C Long Tasks). */
const LONG_TASK_MS = 50;

/** How many of the updates may meet a moment at which the machine does something else. */
const CHANCE_TASKS = 3;

/** Takes down from now on how long the long tasks of a page are. */
async function watchTasks(page: Page): Promise<void> {
  await page.evaluate(`
    globalThis.tasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.tasks.push(Math.round(duration));
    }).observe({ type: "longtask" });
  `);
}

async function assertSmooth(page: Page): Promise<void> {
  const tasks: number[] = await page.evaluate("globalThis.tasks");
  const long = tasks.filter((ms) => ms > LONG_TASK_MS);
  assert(long.length <= CHANCE_TASKS, `tasks of ${long.join(", ")} ms`);
}

function update(round: number) {
  const changed = Array.from({ length: PEERS }, (_, at) => ({
    ...{ id: at + 1, downRate: 1e6 + 1e4 * ((at + round) % 100), leftSeconds: 500 - round },
    ...{ heldCount: 100 * round + at % 100, downloaded: 1e6 * round },
    cells: [[20 * round + at % 20, 255], [20 * round + (at + 7) % 20, 128]],
    sources: [{ peer: 1 + (at + 1) % PEERS, rate: 5e5, bytes: 1e6 * round }],
  }));
  return { changed, gone: [], availability: encodeBase64(new Uint8Array(512).fill(round % 200)) };
}

browserTest(
  "a thousand peers that all change every second leave the page smooth",
  {},
  async (scenery) => {
    const { page, keep } = scenery;
    const map = encodeBase64(new Uint8Array(512));
    const peers = Array.from(
      { length: PEERS },
      (_, at) =>
        fakePeer(at + 1, { map, address: `10.0.${at >> 8}.${at & 255}:6881`, heldCount: 0 }),
    );
    const file = fakeFile({ seeders: 0, leechers: PEERS });
    await using tracker = await FakeTracker.open({
      swarms: [{ file, peers, availability: new Uint8Array(512).fill(1) }],
    });
    await page.goto(`${tracker.url}#/${file.infoHash}`);
    await page.waitForSelector(".peer-row .who");
    assertEquals(await page.innerText(".peers h2"), "Peers 1,000");
    assert(await page.locator(".peer-row").count() < 100, "rows that nobody sees are there");
    tracker.send("peers", update(0));
    await page.click("text=Show 1,000 flows");
    await page.selectOption(".order select", "Address");
    await watchTasks(page);
    for (let round = 1; round <= UPDATES; round++) {
      tracker.send("peers", update(round));
      await page.waitForSelector(`.chunk-map[aria-label^='${100 * round} of']`);
    }
    await keep("crowd");
    await assertSmooth(page);
    await page.evaluate(`setTimeout(() => {
      for (const start = performance.now(); performance.now() - start < 80;);
    })`);
    await page.waitForFunction(() =>
      Reflect.get(globalThis, "tasks").some((ms: number) => ms > 70)
    );

    // Whoever goes to the end finds the last ones there.
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await page.waitForSelector(".virtual-row[aria-rowindex='1001']");
    assert(await page.locator(".peer-row").count() < 100);
  },
);

browserTest(
  "a thousand files that all change every second leave the page smooth",
  {},
  async ({ page }) => {
    const files = Array.from(
      { length: FILES },
      (_, at) =>
        fakeFile({ infoHash: at.toString(16).padStart(40, "0"), name: `lecture ${at}.mp4` }),
    );
    await using tracker = await FakeTracker.open({
      swarms: files.map((file) => ({ file, peers: [], availability: new Uint8Array() })),
    });
    await page.goto(tracker.url);
    await page.waitForSelector(".file-row");
    assert(await page.locator(".file-row").count() < 100, "rows that nobody sees are there");
    await watchTasks(page);
    for (let round = 1; round <= UPDATES; round++) {
      const changed = files.map((file) => ({ ...file, leechers: 100 + round, seeders: round }));
      tracker.send("files", { changed, gone: [], total: FILES });
      await page.waitForSelector(`.file-row:has-text("${100 + round} leechers")`);
    }
    await assertSmooth(page);
  },
);

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Page } from "playwright-core";
import { assertContent, type RunningTracker, Scene } from "../../e2e/scene.ts";
import { browserTest, waitForCount } from "./browser.ts";

const VIDEO = await Deno.readFile(new URL("../../../Original_Files/mv1.mp4", import.meta.url));

/** The page of a tracker. */
function pageOf({ urls }: RunningTracker): string {
  return new URL("./", urls.http).href;
}

/** How long a download at 100 KiB a second may take: twice as long as it should. */
const DOWNLOAD_MS = 2 * VIDEO.length / 102_400 * 1_000;

/** The colours at the foot of the map of the one peer that is not at an address, from left to right. */
function mapBeside(page: Page, address: string): Promise<string[]> {
  return page.evaluate(`(() => {
    const rows = [...document.querySelectorAll(".peer-row")];
    const canvas = rows.find((row) => row.querySelector(".chunk-map") &&
      !row.querySelector(".who").innerText.includes(${
    JSON.stringify(address)
  })).querySelector(".chunk-map");
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, height - 1, width, 1);
    return Array.from({ length: width }, (_, x) => data.slice(4 * x, 4 * x + 3).join());
  })()`);
}

function mostCommon(colours: readonly string[]): string {
  const amounts = Map.groupBy(colours, (colour) => colour);
  return [...amounts].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? "";
}

browserTest(
  "a real swarm finishes before one's eyes: maps fill, and whoever has all says so",
  {},
  async ({ page, keep, expectFault }) => {
    // It is the test that reads a canvas again.
    expectFault("willReadFrequently");
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    await page.goto(pageOf(tracker));
    await page.waitForSelector("text=Nothing is shared yet");
    const command = await page.innerText(".command code");
    assertEquals(command, `sluice share FILE --tracker 127.0.0.1:${tracker.port}`);

    const alice = await scene.library("alice", { "mv1.mp4": VIDEO });
    const share = await scene.share(alice, "mv1.mp4", tracker, ["--piece-length", "16K"]);
    await page.click(".file-row:has-text('mv1.mp4')");
    assertEquals(new URL(page.url()).hash, `#/${share.infoHash}`);
    await page.waitForSelector(".badge:text-is('has all')");

    const bob = await scene.folder("bob");
    const limits = ["--down", "100K", "--stay", "--json"];
    const get = scene.start(bob, ["get", "mv1.mp4", ...tracker.flags, ...limits]);
    await waitForCount(page, ".peer-row .who", 2);
    await page.click("text=Show 1 flow");
    await waitForCount(page, ".flow.is-live", 1);
    const [giver] = await page.locator(".flow-peers li").allInnerTexts();
    assertEquals(giver, `127.0.0.1:${share.port}`);
    const early = await mapBeside(page, `127.0.0.1:${share.port}`);
    const seen = new Set<string>();
    const endMs = performance.now() + DOWNLOAD_MS;
    while (await page.locator(".badge:text-is('has all')").count() < 2) {
      assert(performance.now() < endMs, `the map was seen at ${[...seen].join(", ")}, and no end`);
      for (const share of await page.locator(".share").allInnerTexts()) seen.add(share);
      if (seen.size === 4) await keep("real-swarm");
    }
    const late = await mapBeside(page, `127.0.0.1:${share.port}`);
    assertEquals(late.length, early.length);
    const whole = late.filter((colour) => colour === mostCommon(late)).length;
    const atFirst = early.filter((colour) => colour === mostCommon(late)).length;
    assert(atFirst < whole / 2, `${atFirst} of ${whole} columns of the map were full at first`);
    const between = [...seen].filter((share) => share !== "0 %" && share !== "100 %");
    assert(between.length > 1, `the map was seen at ${[...seen].join(", ")} only`);
    await page.waitForSelector(".area-summary:has-text('100 % of what its peers want')");
    await page.waitForSelector("dl div:has-text('Seeders') dd:text-is('2')");
    await get.report("done");
    await assertContent(join(bob, "Original_Files", "mv1.mp4"), VIDEO);
    await keep("real-swarm-done");

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.click("text=Torrent file"),
    ]);
    const torrent = join(scene.path, "from-page.torrent");
    await download.saveAs(torrent);
    const carol = await scene.folder("carol");
    const { code } = await scene.run(carol, ["get", torrent, ...tracker.flags, "--quiet"]);
    assertEquals(code, 0);
    await assertContent(join(carol, "Original_Files", "mv1.mp4"), VIDEO);
  },
);

browserTest(
  "a tracker that comes again at its port is shown again, with its swarm",
  {},
  async (scenery) => {
    const { page } = scenery;
    await using scene = await Scene.open();
    const old = await scene.tracker();
    const httpPort = new URL(old.urls.http).port;
    const alice = await scene.library("alice", { "mv1.mp4": VIDEO });
    const share = await scene.share(alice, "mv1.mp4", old);
    await page.goto(`${pageOf(old)}#/${share.infoHash}`);
    await waitForCount(page, ".peer-row .who", 1);
    old.process.kill("SIGKILL");
    await page.waitForSelector(".connection.is-lost");
    await old.process.outcome();
    scene.start(scene.path, [
      ...["tracker", "--host", "127.0.0.1", "--port", String(old.port), "--json"],
      ...["--http-port", httpPort, "--udp-port", "0"],
    ]);
    await page.waitForSelector(".connection.is-live");
    await page.waitForSelector(".file-row:has-text('mv1.mp4')");
    await waitForCount(page, ".peer-row .who", 1);
  },
);

browserTest(
  "a tracker with a token shows its page below it, and tells the command line with it",
  {},
  async (scenery) => {
    const { page } = scenery;
    await using scene = await Scene.open();
    const tracker = await scene.tracker(0, ["--token", "open sesame"]);
    const alice = await scene.library("alice", { "mv1.mp4": VIDEO });
    const share = await scene.share(alice, "mv1.mp4", tracker, ["--token", "open sesame"]);
    await page.goto(`${pageOf(tracker)}open%20sesame/#/${share.infoHash}`);
    await page.waitForSelector(".connection.is-live");
    assertEquals(
      await page.innerText(".area-get .command code"),
      `SLUICE_TOKEN='open sesame' sluice get mv1.mp4 --tracker 127.0.0.1:${tracker.port}`,
    );
    await waitForCount(page, ".peer-row .who", 1);
  },
);

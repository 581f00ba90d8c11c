import { assert, assertEquals, assertLess } from "@std/assert";
import type { Page } from "playwright-core";
import { Scene } from "../../e2e/scene.ts";
import type { Sluice } from "../../e2e/sluice.ts";
import { browserTest, until } from "./browser.ts";

const FILM = await Deno.readFile(new URL("../../../Original_Files/mv1.mp4", import.meta.url));

/** H.264 and AAC, of which the film is made. */
const CODECS = 'video/mp4; codecs="avc1.42E01E, mp4a.40.2"';

/** Makes sure that pictures come from a place of the film on, and that much of it is not there yet. */
async function assertPlays(page: Page, get: Sluice, fromSeconds: number): Promise<void> {
  const video = "document.querySelector('video')";
  const shown = `${video}?.getVideoPlaybackQuality().totalVideoFrames`;
  await until(page, `${video}?.videoWidth === 640 && !${video}.seeking`);
  const before = Number(await page.evaluate(shown));
  await until(page, `${video}.currentTime > ${fromSeconds + 1} && ${shown} > ${before + 5}`);
  const progress = get.reports.findLast(({ type }) => type === "progress");
  assertLess(Number(progress?.bytes), FILM.length);
  assertEquals(get.reports.filter(({ type }) => type === "done"), [], "it is whole");
  assertEquals(await page.evaluate(`${video}.error`), null);
}

browserTest(
  "the page of a get plays a film while it comes: its beginning, and its end from where one wants",
  {},
  async ({ page, keep }) => {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "mv1.mp4": FILM });
    await scene.share(alice, "mv1.mp4", tracker, ["--piece-length", "16K"]);
    const bob = await scene.folder("bob");
    // It takes half a minute to come, and 24 s to be played: what comes more slowly the browser puts off.
    const args = ["get", "mv1.mp4", ...tracker.flags, "--json", "--ui", "--stay", "--down", "90K"];
    const get = scene.start(bob, args);
    const { url } = await get.report("ui");
    await page.goto(String(url));
    await page.waitForSelector(".connection.is-live");
    const answer = await page.evaluate(
      `document.createElement('video').canPlayType('${CODECS}')`,
    );
    assert(answer !== "", "this browser plays no H.264: install another build of Chromium");

    await page.getByRole("button", { name: "Play mv1.mp4" }).click();
    await assertPlays(page, get, 0);
    await keep("get-playing");
    await page.evaluate("document.querySelector('video').currentTime = 20");
    await assertPlays(page, get, 20);
    await page.getByRole("button", { name: "Close player" }).click();
    await page.waitForSelector("video", { state: "detached" });
  },
);

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { encodeBase64 } from "./base64.ts";
import { browserTest, PATIENCE_MS } from "./browser.ts";
import { fakeFile, fakePeer, FakeTracker } from "./fake_tracker.ts";

/** How many cells a map has at most. */
const MAX_CELLS = 512;

/** Colours of a canvas along a line from left to right, at its foot, as runs of equal ones. */
interface Drawn {
  readonly width: number;
  readonly shownWidth: number;
  readonly runs: readonly { readonly colour: string; readonly length: number }[];
}

function drawnOf(page: Page, selector: string): Promise<Drawn> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector(${JSON.stringify(selector)});
    const { width, height } = canvas;
    const line = canvas.getContext("2d").getImageData(0, height - 1, width, 1).data;
    const runs = [];
    for (let x = 0; x < width; x++) {
      const colour = [...line.slice(4 * x, 4 * x + 3)].join();
      if (runs.at(-1)?.colour === colour) runs.at(-1).length++;
      else runs.push({ colour, length: 1 });
    }
    return { width, shownWidth: canvas.clientWidth, runs };
  })()`);
}

for (const pieceCount of [1, 7, 1_000, 100_000]) {
  for (const deviceScaleFactor of [1, 2]) {
    const name = `a map of ${pieceCount} chunks is drawn sharply at ${deviceScaleFactor} pixels`;
    browserTest(name, { deviceScaleFactor }, async ({ page, keep }) => {
      const cellCount = Math.min(pieceCount, MAX_CELLS);
      const heldCells = Math.ceil(cellCount / 2);
      const cells = new Uint8Array(cellCount).fill(255, 0, heldCells);
      const file = fakeFile({ pieceCount, length: pieceCount * 524_288 });
      const peer = fakePeer(1, { map: encodeBase64(cells), heldCount: Math.ceil(pieceCount / 2) });
      await using tracker = await FakeTracker.open({
        swarms: [{ file, peers: [peer], availability: new Uint8Array(cellCount).fill(1) }],
      });
      await page.goto(`${tracker.url}#/${file.infoHash}`);
      await page.waitForSelector(".chunk-map");
      await keep(`map-${pieceCount}-${deviceScaleFactor}x`);
      const { width, shownWidth, runs } = await drawnOf(page, ".chunk-map");
      assertEquals(width, Math.round(shownWidth * deviceScaleFactor), "a pixel is not one");
      const amounts = Object.groupBy(runs, ({ colour }) => colour);
      const widths = Object.values(amounts).map((runs = []) =>
        runs.reduce((sum, { length }) => sum + length, 0)
      );
      if (pieceCount === 1) assertEquals(widths, [width]);
      // Whole chunks, gaps between them and chunks that are not there.
      if (pieceCount === 7) assertEquals([widths.length, runs.length], [3, 13]);
      if (pieceCount >= 1000) {
        assertEquals(runs.length, 2, "one edge between held and not held");
        const share = (runs[0]?.length ?? 0) / width;
        assert(Math.abs(share - heldCells / cellCount) < 0.01, `${share} of the map is filled`);
      }
    });
  }
}

browserTest(
  "one chunk of very many that is missing, or there, is to be seen",
  {},
  async ({ page }) => {
    const missing = new Uint8Array(MAX_CELLS).fill(255);
    missing[300] = 254;
    const one = new Uint8Array(MAX_CELLS);
    one[200] = 1;
    const file = fakeFile({ pieceCount: 100_000 });
    await using tracker = await FakeTracker.open({
      swarms: [{
        file,
        peers: [
          fakePeer(1, { map: encodeBase64(missing), heldCount: 99_999 }),
          fakePeer(2, { map: encodeBase64(one), heldCount: 1 }),
        ],
        availability: new Uint8Array(MAX_CELLS).fill(1),
      }],
    });
    await page.goto(`${tracker.url}#/${file.infoHash}`);
    await page.waitForSelector(".virtual-row:nth-child(2) .chunk-map");
    for (const row of [1, 2]) {
      const { runs } = await drawnOf(page, `.virtual-row:nth-child(${row}) .chunk-map`);
      assertEquals(runs.length, 3, `row ${row}`);
    }
  },
);

browserTest(
  "chunks that nobody has stand out, and are told in words",
  {},
  async ({ page, keep }) => {
    const availability = new Uint8Array(MAX_CELLS).fill(3).fill(0, 100, 140);
    const file = fakeFile({ copies: 0.92 });
    await using tracker = await FakeTracker.open({
      swarms: [{ file, peers: [fakePeer(1)], availability }],
    });
    await page.goto(`${tracker.url}#/${file.infoHash}`);
    await page.waitForSelector("text=Red: nobody has it");
    await keep("missing-chunks");
    const { runs } = await drawnOf(page, ".availability-map");
    assertEquals([runs.length, runs[0]?.colour], [3, runs[2]?.colour]);
    await page.waitForSelector(
      "[aria-label='The rarest chunk has no copy, the most common 3 copies']",
    );
    const box = await page.locator(".availability-map").boundingBox();
    assert(box !== null);
    await page.mouse.move(box.x + box.width * 0.22, box.y + 10);
    await page.waitForSelector(".availability figcaption:has-text('no copy')");
  },
);

browserTest(
  "maps take on the colours of the night when it falls",
  {},
  async ({ page, expectFault }) => {
    // It is the test that reads so often.
    expectFault("willReadFrequently");
    const file = fakeFile();
    await using tracker = await FakeTracker.open({
      swarms: [{ file, peers: [fakePeer(1)], availability: new Uint8Array(MAX_CELLS).fill(1) }],
    });
    await page.goto(`${tracker.url}#/${file.infoHash}`);
    await page.waitForSelector(".chunk-map");
    const ofDay = await drawnOf(page, ".chunk-map");
    await page.emulateMedia({ colorScheme: "dark" });
    let ofNight = await drawnOf(page, ".chunk-map");
    const endMs = performance.now() + PATIENCE_MS;
    while (ofNight.runs[0]?.colour === ofDay.runs[0]?.colour) {
      assert(performance.now() < endMs, "the map is as by day");
      await page.evaluate("new Promise(requestAnimationFrame)");
      ofNight = await drawnOf(page, ".chunk-map");
    }
    assertEquals(ofNight.runs.length, ofDay.runs.length);
    for (const [at, { colour }] of ofDay.runs.entries()) {
      assert(
        ofNight.runs[at]?.colour !== colour,
      );
    }
  },
);

import { assertEquals, assertNotEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { encodeBase64 } from "./base64.ts";
import { browserTest } from "./browser.ts";
import { fakeFile, fakePeer, type FakeSwarm, FakeTracker, SENT_FILES } from "./fake_tracker.ts";

const CELLS = 512;

const [FILE, OTHER_FILE] = [fakeFile(), fakeFile({ infoHash: "cd".repeat(20), name: "other.mp4" })];

/** All that is drawn on a canvas, as text. */
function pictureOf(page: Page, selector: string): Promise<string> {
  return page.evaluate(`document.querySelector(${JSON.stringify(selector)}).toDataURL()`);
}

/** The map of a peer that has so many chunks of a file, each in a cell of its own. */
function heldBy(heldCount: number) {
  const map = encodeBase64(new Uint8Array(CELLS).fill(255, 0, heldCount));
  return { heldCount, map };
}

function swarmOf(file: FakeSwarm["file"], heldCount: number, copies: number): FakeSwarm {
  const availability = new Uint8Array(CELLS).fill(2).fill(copies, 0, 200);
  return { file, peers: [fakePeer(1, heldBy(heldCount))], availability };
}

/** Waits for the maps of a file, and gives what is drawn of them. */
async function mapsOf(page: Page, heldCount: number, copies: number): Promise<string[]> {
  await page.waitForSelector(`.chunk-map[aria-label^='${heldCount} of']`);
  await page.waitForSelector(`.availability-map[aria-label*='most common ${copies} copies']`);
  return [await pictureOf(page, ".chunk-map"), await pictureOf(page, ".availability-map")];
}

browserTest(
  "maps are drawn anew when a connection comes back with others",
  {},
  async ({ page }) => {
    let port, before;
    {
      await using tracker = await FakeTracker.open({ swarms: [swarmOf(FILE, 20, 3)] });
      port = tracker.port;
      await page.goto(`${tracker.url}#/${FILE.infoHash}`);
      before = await mapsOf(page, 20, 3);
    }
    await page.waitForSelector(".connection.is-lost");
    await using _again = await FakeTracker.open({ swarms: [swarmOf(FILE, 400, 9)] }, port);
    const after = await mapsOf(page, 400, 9);
    for (const [at, map] of before.entries()) assertNotEquals(after[at], map);
  },
);

/** Has the page draw nothing until all has come that it asks for, as on a machine that is quick. */
const DRAWS_LATE = `{
  const works = [];
  let asked = 0;
  globalThis.EventSource = class extends EventSource {
    constructor(url) {
      super(url);
      asked++;
      this.addEventListener("swarm", () => {
        if (--asked === 0) setTimeout(() => { for (const work of works.splice(0)) work(0); });
      });
    }
  };
  globalThis.requestAnimationFrame = (work) => {
    if (asked > 0) works.push(work);
    else setTimeout(work, 0, 0);
  };
}`;

browserTest(
  "maps are those of the file that is looked at, also if it comes at once",
  {},
  async ({ page }) => {
    await page.addInitScript(DRAWS_LATE);
    const swarms = [swarmOf(FILE, 20, 3), swarmOf(OTHER_FILE, 400, 9)];
    await using tracker = await FakeTracker.open({ swarms });
    await page.goto(`${tracker.url}#/${FILE.infoHash}`);
    const first = await mapsOf(page, 20, 3);
    const look = (infoHash: string) => page.evaluate(`location.hash = "#/${infoHash}"`);
    await look(OTHER_FILE.infoHash);
    const second = await mapsOf(page, 400, 9);
    for (const [at, map] of first.entries()) assertNotEquals(second[at], map);
    await look(FILE.infoHash);
    assertEquals(await mapsOf(page, 20, 3), first);
  },
);

browserTest(
  "a file beyond those that are sent goes on being shown while it is looked at",
  {},
  async ({ page }) => {
    const others = Array.from({ length: SENT_FILES }, (_, at) => ({
      file: fakeFile({ infoHash: at.toString(16).padStart(40, "0"), name: `other ${at}` }),
      ...{ peers: [], availability: new Uint8Array() },
    }));
    const swarms = [...others, swarmOf(FILE, 20, 3)];
    await using tracker = await FakeTracker.open({ swarms });
    await page.goto(`${tracker.url}#/${FILE.infoHash}`);
    await page.waitForSelector("h1:has-text('lecture.mp4')");
    assertEquals(await page.innerText(".files-head h2"), "Files 1,001");
    const seeders = (count: number) =>
      page.waitForSelector(`.area-summary div:has-text('Seeders') dd:text-is('${count}')`);
    await seeders(1);
    tracker.send("peers", { changed: [], gone: [], total: 1, file: { ...FILE, seeders: 31 } });
    await seeders(31);
    // It was among the first ones for a while, and is no more.
    const gone = [FILE.infoHash];
    tracker.send("files", { changed: [{ ...FILE, seeders: 32 }], gone: [], total: 1_001 });
    tracker.send("files", { changed: [], gone, total: 1_001 });
    await seeders(32);
    tracker.send("peers", { changed: [], gone: [], total: 1, file: { ...FILE, seeders: 33 } });
    await seeders(33);
    assertEquals(await page.innerText("h1"), "lecture.mp4");
    await page.waitForSelector(".chunk-map");
  },
);

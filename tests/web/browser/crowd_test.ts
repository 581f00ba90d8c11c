import { assert, assertEquals, assertGreater } from "@std/assert";
import type { Page } from "playwright-core";
import { PEER_ORDERS } from "../../../lib/web/page/tracker/swarm_figures.js";
import { encodeBase64 } from "./base64.ts";
import { browserTest } from "./browser.ts";
import { watchEffort } from "./effort.ts";
import { fakeFile, fakePeer, FakeTracker } from "./fake_tracker.ts";

const PEERS = 1_000;
const FILES = 1_000;
const UPDATES = 7;

/**
 * How much of the processor's time an update may take. People notice a task of 50 ms (W3C Long Tasks),
 * which it takes on a machine of its own; where cores are shared, the same work takes up to thrice as long.
 */
const UPDATE_MS = 150;

/** Counts how often names are compared. */
const COUNTS_COMPARED = `{
  const { get } = Object.getOwnPropertyDescriptor(Intl.Collator.prototype, "compare");
  globalThis.names = { compared: 0 };
  Object.defineProperty(Intl.Collator.prototype, "compare", {
    get() {
      names.compared++;
      return get.call(this);
    },
  });
}`;

/** How much work each of some updates makes, until it is to be seen. */
async function effortsOf(
  page: Page,
  update: (round: number) => Promise<unknown>,
): Promise<number[]> {
  const effort = await watchEffort(page);
  const spent: number[] = [];
  for (let round = 1; round <= UPDATES; round++) {
    await update(round);
    spent.push(Math.round(await effort.spentMs()));
  }
  return spent;
}

/** The middle one: some updates may meet the collector of garbage. */
function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;
}

function assertLight(spent: readonly number[], what: string): void {
  assert(medianOf(spent) <= UPDATE_MS, `${what}: updates took ${spent.join(", ")} ms`);
}

/** All peers as they are after so many updates. */
function peersAfter(updates: number) {
  return Array.from({ length: PEERS }, (_, at) => ({
    ...{ id: at + 1, downRate: 1e6 + 1e4 * ((at + updates) % 100), leftSeconds: 500 - updates },
    ...{ upRate: 1e6 + 1e4 * ((at + 3 * updates) % 100), downloaded: 1e6 * updates },
    ...{ heldCount: 10 * updates + at % 100 },
    cells: [[5 * updates + at % 20, 255], [5 * updates + (at + 7) % 20, 128]],
    sources: [{ peer: 1 + (at + 1) % PEERS, rate: 5e5, bytes: 1e6 * updates }],
  }));
}

browserTest(
  "a thousand peers that all change every second leave the page time, in each order",
  {},
  async ({ page, keep }) => {
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
    let updates = 0;
    const update = async () => {
      const availability = encodeBase64(new Uint8Array(512).fill(++updates));
      const total = PEERS + updates;
      tracker.send("peers", { changed: peersAfter(updates), gone: [], availability, total });
      await page.waitForSelector(
        `.peers h2 .number:text-is('1,${String(updates).padStart(3, "0")}')`,
      );
    };
    await update();
    await page.click("text=Show 1,000 flows");
    for (const order of Object.keys(PEER_ORDERS)) {
      await page.selectOption(".order select", order);
      assertLight(await effortsOf(page, update), order);
    }
    await keep("crowd");

    // Whoever goes to the end finds the last ones there.
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await page.waitForSelector(".virtual-row[aria-rowindex='1001']");
    assert(await page.locator(".peer-row").count() < 100);
  },
);

browserTest(
  "a thousand files that all change every second leave the page time, and are not put in order for totals",
  {},
  async ({ page }) => {
    const files = Array.from({ length: FILES }, (_, at) => {
      const name = `lecture ${(7919 * at) % 100_003} of the year.mp4`;
      return fakeFile({ infoHash: at.toString(16).padStart(40, "0"), name });
    });
    await using tracker = await FakeTracker.open({
      swarms: files.map((file) => ({ file, peers: [], availability: new Uint8Array() })),
    });
    await page.addInitScript(COUNTS_COMPARED);
    await page.goto(tracker.url);
    await page.waitForSelector(".file-row");
    assert(await page.locator(".file-row").count() < 100, "rows that nobody sees are there");
    const ofFiles = await effortsOf(page, (round) => {
      const changed = files.map((file) => ({ ...file, leechers: 100 + round, seeders: round }));
      tracker.send("files", { changed, gone: [], total: FILES });
      return page.waitForSelector(`.file-row:has-text("${100 + round} leechers")`);
    });
    assertLight(ofFiles, "files");
    const ordered = await page.evaluate("names.compared");
    assertGreater(ordered, FILES, "nobody saw them being put in order");
    const ofTotals = await effortsOf(page, (round) => {
      tracker.send("totals", { atMs: Date.now(), announces: 9_000 + round, peers: 1 });
      return page.waitForSelector(`dl div:has-text('Announces') dd:text-is('9,00${round}')`);
    });
    assertLight(ofTotals, "totals");
    assertEquals(await page.evaluate("names.compared"), ordered, "they were put in order again");
  },
);

browserTest(
  "the effort of a page is what it works, and not how long it rests",
  {},
  async ({ page }) => {
    const effort = await watchEffort(page);
    await page.evaluate("new Promise((done) => setTimeout(done, 300))");
    const resting = await effort.spentMs();
    await page.evaluate("for (const endMs = performance.now() + 300; performance.now() < endMs;);");
    const working = await effort.spentMs();
    assertGreater(working, 3 * resting);
  },
);

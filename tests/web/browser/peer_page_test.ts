import { assert, assertEquals } from "@std/assert";
import type { BrowserContextOptions, Page } from "playwright-core";
import { MAX_PAGE_STREAMS } from "../../../lib/cli/limits.ts";
import { randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { browserTest, PATIENCE_MS, until } from "./browser.ts";
import { SamplePeer, wavFile } from "./sample_peer.ts";
import { violationsOf } from "./violations.ts";

const HOSTILE = "<img src=x onerror=alert(1)>";

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  "light": { colorScheme: "light" },
  "dark": { colorScheme: "dark" },
  "phone": { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, colorScheme: "dark" },
};

function openPeer(rate: number, name = "lecture"): Promise<SamplePeer> {
  return SamplePeer.open(name, [
    { path: "slides.pdf", bytes: randomBytes(seededRandom(1), 300_000) },
    { path: "talk.wav", bytes: wavFile(60) },
    { path: `${HOSTILE}.txt`, bytes: randomBytes(seededRandom(2), 100_000) },
  ], rate);
}

async function open(page: Page, peer: SamplePeer): Promise<void> {
  await page.goto(peer.page.url);
  await page.waitForSelector(".connection.is-live");
  await page.waitForSelector(".transfer");
}

browserTest(
  "a peer's page pauses a transfer and has it go on, by clicking",
  {},
  async ({ page }) => {
    await using peer = await openPeer(150_000);
    const { motion } = peer.torrent;
    await open(page, peer);
    await page.getByRole("button", { name: "Pause lecture" }).click();
    await page.waitForSelector(".badge:text('Paused')");
    assertEquals(motion.state, "suspended");
    await page.getByRole("button", { name: "Resume lecture" }).press("Enter");
    await page.waitForSelector(".badge:text('Downloading')");
    assertEquals(motion.state, "going");
    peer.seeder.limits.up.change(Infinity);
    await page.waitForSelector(".badge:text('Seeding')");
    assert(peer.torrent.store.held.isFull);
    await until(page, "document.title === 'Sluice'");
  },
);

browserTest(
  "a peer's page changes the limits, and shows those that others set",
  {},
  async ({ page }) => {
    await using peer = await openPeer(50_000);
    const { limits } = peer.node;
    await open(page, peer);
    const [down, up] = [page.locator("input[name=down]"), page.locator("input[name=up]")];
    await down.fill("64");
    await down.press("Enter");
    await page.waitForSelector(".limits button:disabled");
    assertEquals([limits.down.bytesPerSecond, limits.up.bytesPerSecond], [64 * 1024, Infinity]);
    await up.fill("10.5");
    await down.fill("");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.waitForSelector(".limits button:disabled");
    assertEquals([limits.down.bytesPerSecond, limits.up.bytesPerSecond], [Infinity, 10_752]);
    const body = JSON.stringify({ limits: { up: 2048 } });
    await (await fetch(`${peer.page.url}api/v1/peer`, { method: "PATCH", body })).body?.cancel();
    await until(page, "document.querySelector('input[name=up]').value === '2'");
  },
);

browserTest(
  "a peer's page plays a file while it comes, from where one wants",
  {},
  async (scenery) => {
    const { page, keep } = scenery;
    await using peer = await openPeer(40_000);
    const { held } = peer.torrent.store;
    await open(page, peer);
    await page.getByRole("button", { name: "Play talk.wav" }).click();
    await until(
      page,
      "document.querySelector('audio')?.readyState >= 2 && document.querySelector('audio').currentTime > 0.5",
    );
    assert(held.count < held.length / 2, `${held.count} of ${held.length} chunks were there`);
    await keep("peer-playing");
    await page.evaluate("document.querySelector('audio').currentTime = 50");
    await until(
      page,
      "document.querySelector('audio').currentTime > 50.5 && !document.querySelector('audio').seeking",
    );
    assert(!held.isFull, "it played the end before all was there");
    assertEquals(await page.evaluate("document.querySelector('audio').error"), null);
    await page.getByRole("button", { name: "Close player" }).click();
    await page.waitForSelector("audio", { state: "detached" });
    const endMs = performance.now() + PATIENCE_MS;
    while (peer.torrent.readings.count > 0) {
      assert(performance.now() < endMs, "the player is closed, and its file is read");
      await page.evaluate("new Promise(requestAnimationFrame)");
    }
  },
);

browserTest("a peer's page lets one save a file that is there", {}, async ({ page }) => {
  await using peer = await openPeer(Infinity);
  await open(page, peer);
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save slides.pdf" }).click();
  const download = await coming;
  assertEquals(download.suggestedFilename(), "slides.pdf");
  const content = await Deno.readFile(await download.path());
  assertEquals(new Uint8Array(content), randomBytes(seededRandom(1), 300_000));
});

for (const [look, options] of Object.entries(LOOKS)) {
  browserTest(
    `a peer's page can be used by everybody: ${look}`,
    options,
    async ({ page, keep }) => {
      await using peer = await openPeer(60_000, HOSTILE);
      await open(page, peer);
      await until(page, "document.querySelectorAll('.transfer .row').length >= 3");
      await page.getByText("1 peer connected").click();
      await until(page, "document.querySelectorAll('.transfer .row').length >= 4");
      assertEquals(await page.locator("img").count(), 0, "a name became more than text");
      assertEquals(await page.innerText(".transfer h2"), HOSTILE);
      assert((await page.innerText(".transfer")).includes("Sluice <b>9</b>"));
      assertEquals(await violationsOf(page), []);
      const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      assert(Number(overflow) <= 0, `${overflow} pixels beyond the edge`);
      await keep(`peer-${look}`);
    },
  );
}

browserTest("a peer's page says when its command has ended", {}, async ({ page, expectFault }) => {
  expectFault("net::ERR_");
  {
    await using peer = await openPeer(50_000);
    await open(page, peer);
  }
  await page.waitForSelector(".connection.is-lost");
  await page.getByRole("button", { name: "Pause lecture" }).click();
  const text = await page.innerText("[role=alert]");
  assert(text.includes("The peer does not answer"), text);
});

browserTest(
  "a peer's page that is one too many says so, and comes once there is room",
  {},
  async ({ page, expectFault }) => {
    expectFault("503");
    await using peer = await openPeer(50_000);
    const listen = () => fetch(`${peer.page.url}api/v1/events`);
    const streams = await Promise.all(Array.from({ length: MAX_PAGE_STREAMS }, listen));
    await page.goto(peer.page.url);
    await page.waitForSelector("main:has-text('Too many pages are open')");
    assert((await page.innerText(".connection")).includes("trying again"));
    await Promise.all(streams.map(({ body }) => body?.cancel()));
    await page.waitForSelector(".transfer");
  },
);

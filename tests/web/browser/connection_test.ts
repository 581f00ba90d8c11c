import { assertEquals, assertStringIncludes } from "@std/assert";
import { browserTest, waitForCount } from "./browser.ts";
import { fakeFile, FakeTracker } from "./fake_tracker.ts";
import { sampleSwarm, sampleSwarms } from "./sample_swarm.ts";

browserTest(
  "a connection that is lost comes back by itself, with what is so by then",
  {},
  async (scenery) => {
    const { page, keep } = scenery;
    const swarm = sampleSwarm();
    const { infoHash } = swarm.file;
    let port;
    {
      await using tracker = await FakeTracker.open({ swarms: sampleSwarms() });
      port = tracker.port;
      await page.goto(`${tracker.url}#/${infoHash}`);
      await page.waitForSelector(".connection.is-live");
      await page.waitForSelector(".peer-row .who");
    }
    await page.waitForSelector(".connection.is-lost");
    await keep("lost");
    assertStringIncludes(await page.innerText(".connection"), "Connection lost, trying again");
    assertEquals(await page.locator(".peer-row .who").count(), 9, "what was known is gone");

    const left = { ...swarm, peers: swarm.peers.slice(0, 2) };
    await using _again = await FakeTracker.open({ swarms: [left] }, port);
    await page.waitForSelector(".connection.is-live");
    await waitForCount(page, ".peer-row .who", 2);
    assertEquals(await page.innerText(".files-head h2"), "Files 1");
  },
);

browserTest(
  "a tracker that refuses says why, and is asked again",
  {},
  async ({ page, keep, expectFault }) => {
    expectFault("503");
    await using tracker = await FakeTracker.open({
      refusal: "Too many pages are open: close some",
    });
    await page.goto(tracker.url);
    await page.waitForSelector("main:has-text('Too many pages are open: close some')");
    await keep("refused");
    tracker.setContent({});
    await page.waitForSelector(".connection.is-live");
  },
);

browserTest(
  "a file that the tracker does not know is shown as soon as it does",
  {},
  async ({ page }) => {
    await using tracker = await FakeTracker.open();
    const { file, peers, availability } = sampleSwarm();
    await page.goto(`${tracker.url}#/${file.infoHash}`);
    await page.waitForSelector("text=The tracker does not know this file");
    tracker.send("swarm", { file, peers, total: peers.length, availability: "" });
    await page.waitForSelector(".peer-row .who");
    assertEquals(await page.innerText("h1"), "lecture.mp4");
    assertEquals(availability.length, 512);
  },
);

browserTest(
  "changes come as they are told: files, totals, peers and cells",
  {},
  async ({ page }) => {
    const { file, peers, availability } = sampleSwarm();
    await using tracker = await FakeTracker.open({ swarms: [{ file, peers, availability }] });
    await page.goto(`${tracker.url}#/${file.infoHash}`);
    await page.waitForSelector(".peer-row .who");
    const other = fakeFile({ infoHash: "77".repeat(20), name: "new.bin" });
    tracker.send("files", { changed: [other, { ...file, leechers: 4 }], gone: [], total: 2 });
    await page.waitForSelector(".file-row:has-text('new.bin')");
    await page.waitForSelector("dl div:has-text('Leechers') dd:text-is('4')");
    const cells = Array.from({ length: 512 }, (_, at) => [at, 255]);
    tracker.send("peers", {
      changed: [{ id: 8, heldCount: 1400, downRate: 0, cells }, { id: 2, holding: "complete" }],
      ...{ gone: [9], total: 1_200, file: { ...file, completions: 77 } },
    });
    await page.waitForSelector(".chunk-map[aria-label='1,400 of 1,400 chunks held, 100 %']");
    await waitForCount(page, ".peer-row .who", 8);
    assertEquals(await page.locator(".badge:text-is('has all')").count(), 2);
    await page.waitForSelector("text=8 of 1,200 peers are shown");
    await page.waitForSelector("dl div:has-text('Completed') dd:text-is('77')");
    tracker.send("files", { changed: [], gone: [other.infoHash], total: 1 });
    await waitForCount(page, ".file-row", 1);
  },
);

browserTest("a stream from which nothing comes any more is opened again", {}, async ({ page }) => {
  await page.clock.install();
  await using tracker = await FakeTracker.open({ swarms: sampleSwarms() });
  await page.goto(tracker.url);
  await page.waitForSelector(".file-row");
  assertEquals(tracker.opened, 1);
  tracker.setContent({});
  await page.clock.fastForward(50_000);
  await page.waitForSelector("text=Nothing is shared yet");
  assertEquals(tracker.opened, 2);
  await page.waitForSelector(".connection.is-live");
});

import { browserTest } from "./browser.ts";
import { fakeFile, fakePeer, FakeTracker } from "./fake_tracker.ts";

browserTest("try", {}, async ({ page, keep }) => {
  const swarms = [{
    file: fakeFile(),
    peers: [
      fakePeer(1, { holding: "complete", map: undefined }),
      fakePeer(2, {
        sources: [{ peer: 1, rate: 2e6, bytes: 2e8 }, { peer: 3, rate: 1e5, bytes: 3e7 }],
      }),
      fakePeer(3, { sources: [{ peer: 1, rate: 3e6, bytes: 2e8 }] }),
      fakePeer(4, {
        holding: "unknown",
        heldCount: 0,
        map: undefined,
        kind: "other",
        client: "qBittorrent 5.0",
      }),
    ],
    availability: new Uint8Array(512).fill(3, 0, 300).fill(1, 300),
  }];
  await using tracker = await FakeTracker.open({
    swarms,
    history: "full",
    uploads: { enabled: true, maxBytes: 1e9 },
  });
  await page.goto(tracker.url);
  await page.waitForSelector(".file-row");
  await keep("overview");
  await page.click(".file-row");
  await page.waitForSelector(".peer-row .who");
  await keep("file");
});

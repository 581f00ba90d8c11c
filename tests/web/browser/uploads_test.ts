import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Page } from "playwright-core";
import { randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { assertContent, Scene } from "../../e2e/scene.ts";
import { browserTest, waitForCount } from "./browser.ts";
import { FakeTracker } from "./fake_tracker.ts";

const UPLOADS = { enabled: true, maxBytes: 1_000_000 };

/** Does something with a file that is dragged over the page. */
async function drag(page: Page, kind: "dragover" | "drop"): Promise<void> {
  await page.evaluate(`(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["abc"], "dropped.txt"));
    const options = { dataTransfer, bubbles: true, cancelable: true };
    document.querySelector("main").dispatchEvent(new DragEvent(${JSON.stringify(kind)}, options));
  })()`);
}

browserTest(
  "a file that is chosen is shared, and one that does not do is told of",
  {},
  async (scenery) => {
    const { page, keep, expectFault } = scenery;
    expectFault("503");
    await using tracker = await FakeTracker.open({ uploads: UPLOADS });
    await page.goto(tracker.url);
    await page.waitForSelector("text=Share a file");
    const folder = await Deno.makeTempDir({ prefix: "sluice-uploads-" });
    try {
      const file = async (name: string, length: number) => {
        const path = join(folder, name);
        await Deno.writeFile(path, new Uint8Array(length));
        return path;
      };
      await page.setInputFiles("input[type=file]", [
        await file("good \u00fc.bin", 300_000),
        await file("refused.bin", 10),
        await file("huge.bin", 1_000_001),
      ]);
      await page.waitForSelector(".upload.is-done");
      await waitForCount(page, ".upload.is-failed", 2);
      await keep("uploads");
      assertEquals([...tracker.uploaded], [["good \u00fc.bin", 300_000]]);
      await page.waitForSelector("text=There is no room for it: free some");
      await page.waitForSelector("text=It has 977 KiB; the tracker takes 977 KiB");
      await page.waitForSelector(".file-row:has-text('good')");
      await page.click(".upload.is-failed >> nth=0 >> button");
      await waitForCount(page, ".upload", 2);
      assertEquals(await page.getAttribute(".upload.is-done a", "href"), `#/${"cd".repeat(20)}`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

browserTest("a file that is dropped anywhere is shared", {}, async ({ page }) => {
  await using tracker = await FakeTracker.open({ uploads: UPLOADS });
  await page.goto(tracker.url);
  await page.waitForSelector("text=Or drop it on this page");
  await drag(page, "dragover");
  await page.waitForSelector("text=Drop it to share it");
  await drag(page, "drop");
  await page.waitForSelector(".upload.is-done");
  assertEquals([...tracker.uploaded], [["dropped.txt", 3]]);
  await waitForCount(page, ".drop-target", 0);
});

browserTest(
  "files that are chosen and dropped are taken in by a real tracker, and shared by it",
  {},
  async ({ page }) => {
    await using scene = await Scene.open();
    const uploads = await scene.folder("uploads");
    const tracker = await scene.tracker(0, ["--share-uploads", uploads]);
    const chosen = randomBytes(seededRandom(7), 3_000_000);
    await scene.folder("home", { "chosen \u00fc.bin": chosen });
    await page.goto(new URL("./", tracker.urls.http).href);
    await page.waitForSelector("text=Or drop it on this page");
    const asked = page.waitForRequest(/\/api\/v1\/uploads\?/);
    await page.setInputFiles("input[type=file]", join(scene.path, "home", "chosen \u00fc.bin"));
    // A browser says whose page hands in, which the tracker looks at.
    const headers = await (await asked).allHeaders();
    assertEquals(headers["origin"], new URL(tracker.urls.http).origin);
    assertEquals(headers["sec-fetch-site"], "same-origin");
    await page.waitForSelector(".upload.is-done");
    await page.waitForSelector(".file-row:has-text('chosen \u00fc.bin'):has-text('1 seeder')");
    await drag(page, "dragover");
    await drag(page, "drop");
    await waitForCount(page, ".upload.is-done", 2);
    await page.waitForSelector(".file-row:has-text('dropped.txt'):has-text('1 seeder')");
    await assertContent(join(uploads, "dropped.txt"), new TextEncoder().encode("abc"));
    const bob = await scene.folder("bob");
    const get = ["get", "chosen \u00fc.bin", ...tracker.flags, "--quiet"];
    assertEquals((await scene.run(bob, get)).code, 0);
    await assertContent(join(bob, "Original_Files", "chosen \u00fc.bin"), chosen);
  },
);

browserTest("where a tracker takes no files, none are asked for", {}, async ({ page }) => {
  await using tracker = await FakeTracker.open();
  await page.goto(tracker.url);
  await page.waitForSelector("text=Nothing is shared yet");
  await waitForCount(page, "input[type=file]", 0);
  await waitForCount(page, "text=drop it", 0);
});

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { BrowserContextOptions } from "playwright-core";
import { browserTest } from "./browser.ts";
import { type FakeContent, FakeTracker } from "./fake_tracker.ts";
import { sampleSwarm, sampleSwarms } from "./sample_swarm.ts";
import { violationsOf } from "./violations.ts";

const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true };
const WALL = { viewport: { width: 2560, height: 1440 } };

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  "light": { colorScheme: "light" },
  "dark": { colorScheme: "dark" },
  "phone": { ...PHONE, colorScheme: "light" },
  "phone-dark": { ...PHONE, colorScheme: "dark", reducedMotion: "reduce" },
  "wall": { ...WALL, colorScheme: "dark" },
};

const UPLOADS = { enabled: true, maxBytes: 10 * 2 ** 30 };

/** States of the page: what the tracker has, and where the page is. */
const STATES: Readonly<Record<string, { content: FakeContent; hash: string; shown: string }>> = {
  "overview": {
    content: { swarms: sampleSwarms(), history: "full", uploads: UPLOADS },
    ...{ hash: "", shown: ".file-row" },
  },
  "swarm": {
    content: { swarms: sampleSwarms(), history: "full", uploads: UPLOADS },
    ...{ hash: `#/${sampleSwarm().file.infoHash}`, shown: ".peer-row .who" },
  },
  "empty": {
    content: { uploads: UPLOADS },
    ...{ hash: "", shown: ".welcome" },
  },
  "missing": {
    content: { swarms: sampleSwarms(), history: "full" },
    ...{ hash: `#/${"ee".repeat(20)}`, shown: "text=does not know this file" },
  },
};

for (const [look, options] of Object.entries(LOOKS)) {
  for (const [state, { content, hash, shown }] of Object.entries(STATES)) {
    browserTest(
      `the page can be used by everybody: ${state}, ${look}`,
      options,
      async (scenery) => {
        const { page, keep } = scenery;
        await using tracker = await FakeTracker.open(content);
        await page.goto(`${tracker.url}${hash}`);
        await page.waitForSelector(shown);
        await page.waitForSelector(".connection.is-live");
        await keep(`${state}-${look}`);
        assertEquals(await violationsOf(page), []);
        const wide = await page.evaluate("document.documentElement.scrollWidth");
        const seen = await page.evaluate("document.documentElement.clientWidth");
        assertEquals(wide, seen, "the page is wider than the screen");
      },
    );
  }
}

browserTest("what not everybody can use is found", {}, async ({ page }) => {
  await page.setContent("<html><body><button></button></body></html>");
  const [found = ""] = await violationsOf(page);
  assertStringIncludes(found, "button-name");
});

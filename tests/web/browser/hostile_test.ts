import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { browserTest } from "./browser.ts";
import { fakeFile, fakePeer, FakeTracker } from "./fake_tracker.ts";

const MARKUP = `<img src=x onerror="globalThis.hurt=1"><script>globalThis.hurt=1</script>`;

/** What turns the direction of what follows, so that `gpj.exe` is read as `exe.jpg`. */
const TURNED = "photo\u202egpj.exe";

browserTest(
  "names and clients of others are text, and show what is hidden in them",
  {},
  async ({ page, keep }) => {
    const file = fakeFile({ name: MARKUP, magnet: "javascript:globalThis.hurt=1" });
    const turned = fakeFile({ infoHash: "01".repeat(20), name: TURNED });
    const peers = [
      fakePeer(1, { client: MARKUP, sources: [{ peer: 2, rate: 1e6, bytes: 1e8 }] }),
      fakePeer(2, { client: "\u202e\u0000\u200b", address: `"><b>.example:1` }),
    ];
    const availability = new Uint8Array(512).fill(1);
    await using tracker = await FakeTracker.open({
      swarms: [{ file, peers, availability }, { file: turned, peers, availability }],
    });
    await page.goto(`${tracker.url}#/${file.infoHash}`);
    await page.waitForSelector(".peer-row .who");
    await page.click("text=Show 1 flow");
    await keep("hostile");
    assertEquals(await page.innerText("h1"), MARKUP);
    assertEquals(await page.title(), `${MARKUP} \u2013 Sluice`);
    assertStringIncludes(await page.innerText(".side"), "photo\u2039U+202E\u203agpj.exe");
    const shown = await page.innerText(".peers");
    assertStringIncludes(shown, MARKUP);
    assertStringIncludes(shown, "\u2039U+202E\u203a\u2039U+0000\u203a\u2039U+200B\u203a");
    assertEquals(
      await page.locator("main img, main script, main b b, a[href^=javascript]").count(),
      0,
    );
    assertEquals(await page.evaluate("globalThis.hurt"), undefined);

    const command = await page.innerText(".command code");
    assertEquals(command, `sluice get ${file.infoHash} --tracker 127.0.0.1:6789`);
    await page.click(`.side a[href="#/${turned.infoHash}"]`);
    await page.waitForSelector("h1:has-text('photo')");
    assertStringIncludes(await page.innerText(".command code"), turned.infoHash);
    assert((await page.getAttribute("main a[href^='magnet:']", "href"))?.startsWith("magnet:?"));
  },
);

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { assertContent, Scene } from "../../e2e/scene.ts";
import { browserTest } from "./browser.ts";
import { violationsOf } from "./violations.ts";

const FILM = randomBytes(seededRandom(83), 1_500_000);

browserTest(
  "the page of a get shows it, pauses it, has it go on and go faster, until the file is whole",
  {},
  async ({ page, keep }) => {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.mp4": FILM });
    const share = await scene.share(alice, "film.mp4", tracker, ["--piece-length", "16K"]);
    const bob = await scene.folder("bob");
    const args = ["get", "film.mp4", ...tracker.flags, "--json", "--ui", "--stay", "--down", "30K"];
    const get = scene.start(bob, args);
    const { url } = await get.report("ui");

    await page.goto(String(url));
    await page.waitForSelector(".connection.is-live");
    await page.waitForSelector(".host:has-text('Peer at port ')");
    await page.waitForSelector(".transfer h2:has-text('film.mp4')");
    await page.waitForSelector(".badge:text-is('Downloading')");
    await page.getByText("1 peer connected").click();
    await page.waitForSelector(`.row:has-text('127.0.0.1:${share.port}')`);

    await page.getByRole("button", { name: "Pause film.mp4" }).click();
    await page.waitForSelector(".badge:text-is('Paused')");
    const stateOf = async () => {
      const response = await fetch(`${url}api/v1/transfers/${share.infoHash}`);
      return (await response.json()).state;
    };
    assertEquals(await stateOf(), "paused");
    await page.waitForSelector("dl div:has-text('Left') dd:text-is('\u2013')");
    assertEquals(await violationsOf(page), []);
    await keep("get-paused");

    await page.getByRole("button", { name: "Resume film.mp4" }).click();
    await page.waitForSelector(".badge:text-is('Downloading')");
    assertEquals(
      get.reports.some(({ type }) => type === "done"),
      false,
      "nothing was left to pause",
    );
    const limit = page.locator("input[name=down]");
    assertEquals(await limit.inputValue(), "30");
    await limit.fill("");
    await limit.press("Enter");
    await page.waitForSelector(".chunk-map[aria-label='92 of 92 chunks held, 100 %']");
    await page.waitForSelector(".badge:text-is('Seeding')");
    await get.report("done");
    await assertContent(join(bob, "Original_Files", "film.mp4"), FILM);
    assertEquals(await violationsOf(page), []);
    assert(await page.getByRole("link", { name: "Save film.mp4" }).isVisible());
  },
);

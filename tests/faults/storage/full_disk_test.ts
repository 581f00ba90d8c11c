import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { filledUp } from "../../e2e/filled_up.ts";
import { assertContent, refusalOf, reportsOf, Scene } from "../../e2e/scene.ts";
import { fault, mountSmall, obstacle } from "../../e2e/staged_disk.ts";

const FILM = randomBytes(seededRandom(9), 3 * 1024 * 1024);
const NO_MOUNT = obstacle((path) => mountSmall(path, "size=1m"));

Deno.test({
  name: `a disk that stays full ends a get with 9 after its timeout, or with 7 when it is ` +
    `interrupted, and nothing is lost${NO_MOUNT}`,
  ignore: NO_MOUNT !== "",
  async fn() {
    await using scene = await Scene.open();
    const small = join(scene.path, "small");
    using _small = mountSmall(small, "size=4m");
    const { get, first, filler } = await filledUp(scene, small, FILM, ["--timeout", "2s"]);
    const { code } = await first.outcome();
    assertEquals(code, 9);
    const error = first.reports.at(-1);
    assertEquals([error?.type, error?.code], ["error", 9]);
    assertStringIncludes(String(error?.message), "(disk full) for 2.00 s; what is there is kept");
    assertEquals(first.stderr, []);
    const told = Number(first.reports.findLast(({ type }) => type === "progress")?.bytes);
    assertGreater(told, 0);
    assertStringIncludes(refusalOf(await scene.run(scene.path, get), 9), "it needs");

    await Deno.remove(filler);
    const second = scene.start(scene.path, [...get, "--down", "500K", "--json"]);
    const { bytes } = await second.report("progress", ({ bytes }) => Number(bytes) > told);
    fault("dd", "if=/dev/zero", `of=${filler}`, "bs=64k");
    await second.report("disk-waiting");
    second.kill("SIGINT");
    assertEquals((await second.outcome()).code, 7);
    await Deno.remove(filler);
    const done = reportsOf(await scene.run(scene.path, [...get, "--json"])).at(-1);
    assertGreater(FILM.length - Number(bytes) + 1, Number(done?.downloaded));
    await assertContent(join(small, "film.bin"), FILM);
  },
});

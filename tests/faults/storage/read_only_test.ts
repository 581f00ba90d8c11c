import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { assertContent, refusalOf, reportsOf, Scene } from "../../e2e/scene.ts";
import { fault, mountSmall, obstacle, seal } from "../../e2e/staged_disk.ts";

const FILM = randomBytes(seededRandom(19), 1024 * 1024);
const NO_MOUNT = obstacle((path) => mountSmall(path, "size=1m"));

Deno.test({
  name: `a file system that is only read is served from, and a get into it says so${NO_MOUNT}`,
  ignore: NO_MOUNT !== "",
  async fn() {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const sealed = await scene.folder("sealed");
    using _mounted = mountSmall(sealed, "size=8m");
    const library = await scene.library("sealed/library", { "film.bin": FILM });
    const chunks = await scene.library("sealed/chunks", { "film.bin": FILM });
    const cut = ["chunk", "film.bin", "--piece-length", "64K", "--json"];
    reportsOf(await scene.run(chunks, cut));
    await Deno.remove(join(chunks, "Original_Files", "film.bin"));
    const torrent = join(scene.path, "film.torrent");
    const create = ["create", "film.bin", "--piece-length", "64K", "--out", torrent];
    assertEquals((await scene.run(library, create)).code, 0);
    using _sealed = seal(sealed);

    const servings = [
      [library, ["share", "film.bin", "--piece-length", "64K"]],
      [chunks, ["share", "film.bin"]],
      [library, ["seed", torrent]],
    ] as const;
    for (const [number, [cwd, command]] of servings.entries()) {
      const process = scene.start(cwd, [...command, ...tracker.flags, "--json"]);
      const { port } = await process.report("seeding");
      const place = await scene.folder(`to${number}`);
      const get = ["get", torrent, "--peer", `127.0.0.1:${port}`, ...tracker.flags];
      assertEquals((await scene.run(place, get)).code, 0);
      await assertContent(join(place, "Original_Files", "film.bin"), FILM);
      process.kill("SIGTERM");
      await process.outcome();
    }

    const other = randomBytes(seededRandom(20), 100_000);
    const alice = await scene.library("alice", { "other.bin": other });
    await scene.share(alice, "other.bin", tracker);
    for (const flags of [[], ["--chunks"], ["--out", join(sealed, "deep")]]) {
      const outcome = await scene.run(library, ["get", "other.bin", ...flags, ...tracker.flags]);
      const line = refusalOf(outcome, 1);
      assertStringIncludes(line, sealed);
      assertStringIncludes(line, "the file system is read-only; choose another folder");
    }
    assertStringIncludes(
      refusalOf(await scene.run(library, ["chunk", "film.bin"]), 1),
      "read-only",
    );
    assertEquals(fault("ls", sealed), undefined);
  },
});

Deno.test("two processes do not share partial data, and what a killed one had is free at once", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  await scene.share(alice, "film.bin", tracker, ["--piece-length", "64K"]);
  for (const flags of [[], ["--chunks"]]) {
    const bob = await scene.library(`bob${flags.length}`);
    const get = ["get", "film.bin", ...flags, ...tracker.flags];
    const first = scene.start(bob, [...get, "--json", "--down", "300K"]);
    const { bytes } = await first.report("progress", ({ bytes }) => Number(bytes) > 0);
    const line = refusalOf(await scene.run(bob, get), 1);
    assertStringIncludes(line, `store in use by pid ${first.pid}`);
    await first.report("progress", (report) => Number(report.bytes) > Number(bytes));
    first.kill("SIGKILL");
    await first.outcome();
    const told = Number(first.reports.findLast(({ type }) => type === "progress")?.bytes);
    const done = reportsOf(await scene.run(bob, [...get, "--json"])).at(-1);
    assertEquals(Number(done?.downloaded) <= FILM.length - told, true, "nothing is fetched twice");
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
  }
});

import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, refusalOf, reportsOf, Scene } from "./scene.ts";
import { fault, freeze, mountSmall, obstacle } from "./staged_disk.ts";

const MEBIBYTE = 1024 * 1024;
const FILM = randomBytes(seededRandom(9), 3 * MEBIBYTE);

const NO_MOUNT = obstacle((path) => mountSmall(path, "size=1m"));
const NO_FREEZE = obstacle(freeze);

Deno.test({
  name: `e2e: a file that the disk has no room for is refused before it begins${NO_MOUNT}`,
  ignore: NO_MOUNT !== "",
  async fn() {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM });
    await scene.share(alice, "film.bin", tracker);
    const small = join(scene.path, "small");
    using _small = mountSmall(small, "size=1m");
    const get = ["get", "film.bin", ...tracker.flags];
    const commands = [[...get, "--out", small], [...get, "--library", small]];
    for (const command of commands) {
      const line = refusalOf(await scene.run(scene.path, command), 9);
      assertStringIncludes(line, small);
      assertStringIncludes(line, `it needs ${FILM.length} bytes`);
    }
    const chunk = ["chunk", join(alice, "Original_Files", "film.bin"), "--library", small];
    refusalOf(await scene.run(scene.path, chunk), 9);
  },
});

/** A `get` whose disk of 4 MiB is full, by a file that can be removed again. */
async function filledUp(scene: Scene, small: string, flags: readonly string[] = []) {
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  await scene.share(alice, "film.bin", tracker, ["--piece-length", "64K"]);
  const get = ["get", "film.bin", "--out", small, ...tracker.flags];
  const first = scene.start(scene.path, [...get, "--down", "1M", "--json", ...flags]);
  await first.report("progress", ({ chunks }) => Number(chunks) > 0);
  const filler = join(small, "filler");
  fault("dd", "if=/dev/zero", `of=${filler}`, "bs=64k");
  const waiting = await first.report("disk-waiting");
  assertEquals([waiting.name, waiting.reason], ["film.bin", "disk-full"]);
  assertStringIncludes(String(waiting.path), small);
  assertGreater(FILM.length, Number(waiting.missing));
  return { get, first, filler };
}

Deno.test({
  name: `e2e: a get whose disk fills up waits, and goes on by itself when there is room${NO_MOUNT}`,
  ignore: NO_MOUNT !== "",
  async fn() {
    await using scene = await Scene.open();
    const small = join(scene.path, "small");
    using _small = mountSmall(small, "size=4m");
    const { first, filler } = await filledUp(scene, small);
    await Deno.remove(filler);
    const freedMs = Date.now();
    await first.report("disk-ready");
    assertGreater(30_000, Date.now() - freedMs);
    const done = reportsOf(await first.outcome()).at(-1);
    assertEquals([done?.type, done?.downloaded], ["done", FILM.length]);
    await assertContent(join(small, "film.bin"), FILM);
  },
});

Deno.test({
  name: `e2e: a disk that stays full ends a get with 9 after its timeout, or with 7 when it is ` +
    `interrupted, and nothing is lost${NO_MOUNT}`,
  ignore: NO_MOUNT !== "",
  async fn() {
    await using scene = await Scene.open();
    const small = join(scene.path, "small");
    using _small = mountSmall(small, "size=4m");
    const { get, first, filler } = await filledUp(scene, small, ["--timeout", "2s"]);
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

Deno.test("e2e: a file that stands where a folder is needed is named and left as it is", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  await scene.share(alice, "film.bin", tracker);
  const note = new TextEncoder().encode("a note");
  const bob = await scene.folder("bob", { note, "library/Chunks": note });
  for (const flags of [["--out", "note"], ["--out", "note/deep"], ["--library", "library"]]) {
    const outcome = await scene.run(bob, ["get", "film.bin", ...flags, ...tracker.flags]);
    assertStringIncludes(refusalOf(outcome, 1), flags[1]?.split("/")[0] ?? "");
  }
  await assertContent(join(bob, "note"), note);
  await assertContent(join(bob, "library", "Chunks"), note);
});

Deno.test({
  name: `e2e: a folder that cannot be written is named, and nothing is lost${NO_FREEZE}`,
  ignore: NO_FREEZE !== "",
  async fn() {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM });
    await scene.share(alice, "film.bin", tracker);
    const bob = await scene.folder("bob");
    {
      using _frozen = freeze(bob);
      for (const flags of [[], ["--out", "."], ["--chunks"]]) {
        const outcome = await scene.run(bob, ["get", "film.bin", ...flags, ...tracker.flags]);
        assertStringIncludes(refusalOf(outcome, 1), bob);
      }
      const create = ["create", join(alice, "Original_Files", "film.bin")];
      assertStringIncludes(refusalOf(await scene.run(bob, create), 1), bob);
    }
    // Only the last step, into its place, is not possible: what was fetched must stay.
    const originals = await scene.folder("bob/Original_Files");
    {
      using _frozen = freeze(originals);
      const outcome = await scene.run(bob, ["get", "film.bin", ...tracker.flags]);
      assertStringIncludes(refusalOf(outcome, 1), originals);
    }
    const again = await scene.run(bob, ["get", "film.bin", ...tracker.flags, "--json"]);
    assertEquals(reportsOf(again).at(-1)?.downloaded, 0);
    await assertContent(join(originals, "film.bin"), FILM);
  },
});

Deno.test("e2e: another file in its place ends a get with 13 and is left as it is", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  await scene.share(alice, "film.bin", tracker);
  const other = FILM.slice();
  other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
  const bob = await scene.library("bob", { "film.bin": other });
  const path = join(bob, "Original_Files", "film.bin");
  for (const flags of [[], ["--chunks"], ["--out", join(bob, "Original_Files")]]) {
    const outcome = await scene.run(bob, ["get", "film.bin", ...flags, ...tracker.flags]);
    assertStringIncludes(refusalOf(outcome, 13), path);
    await assertContent(path, other);
  }
  const cut = await scene.folder("cut");
  const chunk = ["chunk", join(alice, "Original_Files", "film.bin"), "--library", bob, "--json"];
  reportsOf(await scene.run(cut, chunk));
  assertStringIncludes(refusalOf(await scene.run(bob, ["merge", "film.bin"]), 13), path);
  await assertContent(path, other);
});

Deno.test("e2e: chunk files of another torrent of that name end get --chunks with 13 and stay", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  await scene.share(alice, "film.bin", tracker);
  const other = randomBytes(seededRandom(99), 1_000_000);
  const bob = await scene.library("bob", { "film.bin": other });
  reportsOf(await scene.run(bob, ["chunk", "film.bin", "--json"]));
  await Deno.remove(join(bob, "Original_Files", "film.bin"));
  const torrent = join(bob, "Chunks", "film.bin.torrent");
  const get = ["get", "film.bin", "--chunks", ...tracker.flags];
  assertStringIncludes(refusalOf(await scene.run(bob, get), 13), torrent);
  reportsOf(await scene.run(bob, ["merge", "film.bin", "--json"]));
  await assertContent(join(bob, "Original_Files", "film.bin"), other);
});

Deno.test("e2e: create does not overwrite a torrent file unless it is told to", async () => {
  await using scene = await Scene.open();
  const note = new TextEncoder().encode("a note");
  const library = await scene.folder("library", {
    "Original_Files/film.bin": FILM,
    "film.bin.torrent": note,
  });
  const path = join(library, "film.bin.torrent");
  assertStringIncludes(refusalOf(await scene.run(library, ["create", "film.bin"]), 13), path);
  await assertContent(path, note);
  reportsOf(await scene.run(library, ["create", "film.bin", "--force", "--json"]));
  reportsOf(await scene.run(library, ["create", "film.bin", "--out", "a/b/c.torrent", "--json"]));
  await assertContent(join(library, "a", "b", "c.torrent"), await Deno.readFile(path));
  const [torrent] = reportsOf(await scene.run(library, ["info", path, "--json"]));
  assertEquals([torrent?.name, torrent?.bytes], ["film.bin", FILM.length]);
});

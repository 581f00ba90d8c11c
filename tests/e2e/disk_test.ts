import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, refusalOf, reportsOf, Scene } from "./scene.ts";
import { filledUp } from "./filled_up.ts";
import { freeze, mountSmall, obstacle } from "./staged_disk.ts";

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

Deno.test({
  name: `e2e: a get whose disk fills up waits, and goes on by itself when there is room${NO_MOUNT}`,
  ignore: NO_MOUNT !== "",
  async fn() {
    await using scene = await Scene.open();
    const small = join(scene.path, "small");
    using _small = mountSmall(small, "size=4m");
    const { first, filler } = await filledUp(scene, small, FILM);
    await Deno.remove(filler);
    const freedMs = Date.now();
    await first.report("disk-ready");
    assertGreater(30_000, Date.now() - freedMs);
    const done = reportsOf(await first.outcome()).at(-1);
    assertEquals([done?.type, done?.downloaded], ["done", FILM.length]);
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

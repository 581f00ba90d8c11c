import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, type Files, reportsOf, Scene } from "./scene.ts";

/** Nested files, empty ones, many that lie in one chunk, and names of all kinds. */
function courseFiles(): Files {
  const random = seededRandom(31);
  const sizes: Readonly<Record<string, number>> = {
    ".hidden": 10,
    "a/b/c/deep.bin": 700_000,
    "a/empty": 0,
    "a/one byte": 1,
    "lecture \u00e9\u6f22\u5b57 \u{1f3ac}.txt": 7_001,
    "-rf": 3,
    "z/last.bin": 524_288,
    "zz empty": 0,
  };
  return Object.fromEntries(
    Object.entries(sizes).map(([path, size]) => [path, randomBytes(random, size)]),
  );
}

const COURSE = courseFiles();
const BYTES = Object.values(COURSE).reduce((sum, { length }) => sum + length, 0);

/** Every file below a folder, by its path. */
async function pathsBelow(folder: string, prefix = ""): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) paths.push(...await pathsBelow(join(folder, name), `${prefix}${name}/`));
    else paths.push(prefix + name);
  }
  return paths.sort();
}

async function assertCourse(folder: string): Promise<void> {
  assertEquals(await pathsBelow(folder), Object.keys(COURSE).sort());
  for (const [path, content] of Object.entries(COURSE)) {
    await assertContent(join(folder, path), content);
  }
}

/** A library with the course in it. */
function courseLibrary(scene: Scene, name: string): Promise<string> {
  const files = Object.entries(COURSE).map(([path, content]) => [`course/${path}`, content]);
  return scene.library(name, Object.fromEntries(files));
}

Deno.test("e2e: a folder with nested, empty and unicode names arrives as it was", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await courseLibrary(scene, "alice");
  await scene.share(alice, "course", tracker);
  const bob = await scene.folder("bob");
  for (const flags of [[], ["--out", "out"], ["--chunks", "--library", "chunked"]]) {
    const get = await scene.run(bob, ["get", "course", ...flags, ...tracker.flags, "--json"]);
    const done = reportsOf(get).at(-1);
    assertEquals([done?.bytes, done?.downloaded], [BYTES, BYTES]);
    await assertCourse(String(done?.path));
  }
  const again = await scene.run(bob, ["get", "course", ...tracker.flags, "--json"]);
  assertEquals(reportsOf(again).at(-1)?.downloaded, 0);
});

Deno.test("e2e: a folder goes through chunk, merge, create, info, verify and seed", async () => {
  await using scene = await Scene.open();
  const alice = await courseLibrary(scene, "alice");
  const [chunked] = reportsOf(await scene.run(alice, ["chunk", "course", "--json"]));
  assertEquals(chunked?.chunks, Math.ceil(BYTES / 524_288));
  await Deno.rename(join(alice, "Original_Files", "course"), join(alice, "course"));
  reportsOf(await scene.run(alice, ["merge", "course", "--json"]));
  await assertCourse(join(alice, "Original_Files", "course"));

  reportsOf(await scene.run(alice, ["create", "course", "--json"]));
  const torrent = join(alice, "course.torrent");
  const [info] = reportsOf(await scene.run(alice, ["info", torrent, "--json"]));
  assertEquals([info?.infoHash, info?.shape], [chunked?.infoHash, "folder"]);
  const listed = (info?.files as { path: string; length: number }[]).map(({ path, length }) =>
    [path, length] as const
  );
  assertEquals(
    Object.fromEntries(listed),
    Object.fromEntries(
      Object.entries(COURSE).map(([path, { length }]) => [`course/${path}`, length]),
    ),
  );
  reportsOf(await scene.run(alice, ["verify", torrent, alice, "--json"]));
  await Deno.remove(join(alice, "course", "a", "one byte"));
  assertEquals((await scene.run(alice, ["verify", torrent, alice])).code, 32);

  const seed = scene.start(alice, ["seed", torrent, "--json"]);
  const { port } = await seed.report("seeding");
  const bob = await scene.folder("bob");
  const get = ["get", torrent, "--peer", `127.0.0.1:${port}`, "--out", ".", "--json"];
  reportsOf(await scene.run(bob, get));
  await assertCourse(join(bob, "course"));
});

Deno.test("e2e: an empty file and a folder of empty files are shared and fetched, too", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const nothing = new Uint8Array();
  const alice = await scene.library("alice", { "empty.bin": nothing, "none/a": nothing });
  await scene.share(alice, "empty.bin", tracker);
  await scene.share(alice, "none", tracker);
  const bob = await scene.folder("bob");
  const get = await scene.run(bob, ["get", "empty.bin", "none", ...tracker.flags, "--json"]);
  assertEquals(reportsOf(get).filter(({ type }) => type === "done").length, 2);
  await assertContent(join(bob, "Original_Files", "empty.bin"), nothing);
  assertEquals(await pathsBelow(join(bob, "Original_Files", "none")), ["a"]);
  for (const name of ["empty.bin", "none"]) {
    reportsOf(await scene.run(alice, ["chunk", name, "--json"]));
    reportsOf(await scene.run(alice, ["create", name, "--json"]));
    reportsOf(await scene.run(alice, ["verify", `${name}.torrent`, "--json"]));
  }
});

Deno.test("e2e: links in a folder are left out, and create says so", async () => {
  await using scene = await Scene.open();
  const library = await scene.library("library", { "course/a": new Uint8Array(5) });
  await Deno.symlink("/etc/passwd", join(library, "Original_Files", "course", "link"));
  const { code, stderr } = await scene.run(library, ["create", "course"]);
  assertEquals([code, stderr.length], [0, 1]);
  assertStringIncludes(stderr[0] ?? "", "link");
  const [info] = reportsOf(await scene.run(library, ["info", "course.torrent", "--json"]));
  assertEquals(info?.files, [{ path: "course/a", length: 5 }]);
});

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, type Files, refusalOf, reportsOf, Scene } from "./scene.ts";

const random = seededRandom(67);

/** Files that share chunks of 64 KiB with their neighbours. */
const FILES: Files = {
  "course/a.mp4": randomBytes(random, 700_001),
  "course/a.txt": randomBytes(random, 30_000),
  "course/notes/b.txt": randomBytes(random, 500_000),
  "course/notes/c.mp4": randomBytes(random, 400_003),
  "course/none.mp4": new Uint8Array(),
  "course/z.bin": randomBytes(random, 900_000),
};

/** All paths below a folder that are files, sorted. */
async function filesBelow(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) {
      for (const path of await filesBelow(join(folder, name))) paths.push(`${name}/${path}`);
    } else paths.push(name);
  }
  return paths.sort();
}

async function assertOnly(folder: string, paths: readonly string[]): Promise<void> {
  assertEquals(await filesBelow(folder), paths);
  for (const path of paths) await assertContent(join(folder, path), FILES[`course/${path}`]!);
}

/** A seeder of the folder at a tracker. */
async function shareCourse(scene: Scene) {
  const tracker = await scene.tracker();
  const alice = await scene.folder("alice", FILES);
  const args = ["--piece-length", "64K", "--host", "127.0.0.1"];
  const share = await scene.share(alice, join(alice, "course"), tracker, args);
  return { tracker, share };
}

Deno.test("e2e: --select fetches the chosen files of a folder and writes no other", async () => {
  await using scene = await Scene.open();
  const { tracker } = await shareCourse(scene);
  const bob = await scene.folder("bob");
  const get = ["get", "course", ...tracker.flags, "--host", "127.0.0.1", "--json"];
  const chosen = [...get, "--select", "*.mp4", "--select", "notes/b.txt"];
  const done = reportsOf(await scene.run(bob, chosen)).at(-1);
  const bytes = 700_001 + 500_000 + 400_003;
  assertEquals([done?.type, done?.bytes], ["done", bytes]);
  assertEquals(Number(done?.downloaded) < bytes + 5 * 65_536, true, `${done?.downloaded}`);
  const final = join(bob, "Original_Files", "course");
  await assertOnly(final, ["a.mp4", "none.mp4", "notes/b.txt", "notes/c.mp4"]);
  // The same again finds everything right, with nobody to fetch from.
  const again = reportsOf(await scene.run(bob, chosen)).at(-1);
  assertEquals([again?.type, again?.downloaded], ["done", 0]);
  // More than was chosen is not mixed in; what is there stays as it is.
  const line = refusalOf(await scene.run(bob, get.slice(0, -1)), 13);
  assertStringIncludes(line, "course");
  await assertOnly(final, ["a.mp4", "none.mp4", "notes/b.txt", "notes/c.mp4"]);
});

Deno.test("e2e: one who has selected files serves them, and his neighbour needs nobody else", async () => {
  await using scene = await Scene.open();
  const { tracker, share } = await shareCourse(scene);
  const bob = await scene.folder("bob");
  const get = ["get", "course", ...tracker.flags, "--host", "127.0.0.1", "--json"];
  const chosen = [...get, "--select", "notes"];
  const staying = scene.start(bob, [...chosen, "--stay"]);
  await staying.report("done");
  share.process.kill("SIGINT");
  await share.process.outcome();
  const carol = await scene.folder("carol");
  assertEquals(reportsOf(await scene.run(carol, chosen)).at(-1)?.type, "done");
  await assertOnly(join(carol, "Original_Files", "course"), ["notes/b.txt", "notes/c.mp4"]);
});

Deno.test("e2e: a magnet link says which files are wanted (BEP 53), and --select overrules it", async () => {
  await using scene = await Scene.open();
  const { tracker, share } = await shareCourse(scene);
  const link = `magnet:?xt=urn:btih:${share.infoHash}&so=1`;
  const get = [...tracker.flags, "--host", "127.0.0.1", "--json"];
  const bob = await scene.folder("bob");
  reportsOf(await scene.run(bob, ["get", link, ...get]));
  await assertOnly(join(bob, "Original_Files", "course"), ["a.txt"]);
  const carol = await scene.folder("carol");
  reportsOf(await scene.run(carol, ["get", link, ...get, "--select", "z.bin"]));
  await assertOnly(join(carol, "Original_Files", "course"), ["z.bin"]);
  const bad = refusalOf(await scene.run(carol, ["get", `${link}7`, ...tracker.flags]), 27);
  assertStringIncludes(bad, "Cannot read magnet link");
});

Deno.test("e2e: a selection of nothing is named, with what there is", async () => {
  await using scene = await Scene.open();
  const { tracker } = await shareCourse(scene);
  const bob = await scene.folder("bob");
  const get = ["get", "course", ...tracker.flags, "--select", "*.avi"];
  const line = refusalOf(await scene.run(bob, get), 28);
  assertStringIncludes(line, "*.avi");
  assertStringIncludes(line, "a.mp4");
  const chunks = refusalOf(
    await scene.run(bob, ["get", "course", "--select", "a", "--chunks"]),
    28,
  );
  assertStringIncludes(chunks, "Cannot use --chunks with --select");
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, refusalOf, reportsOf, Scene } from "./scene.ts";

const CHUNK = 524_288;
const VIDEO = await Deno.readFile(new URL("../../Original_Files/mv1.mp4", import.meta.url));

/** A file of 13 chunks, the last of them short. */
const FILM = randomBytes(seededRandom(13), 12 * CHUNK + 4321);

/** Moves chunk files from one library to another. */
async function moveParts(from: string, to: string, numbers: readonly number[]): Promise<void> {
  await Deno.mkdir(join(to, "Chunks"), { recursive: true });
  for (const number of numbers) {
    const name = join("Chunks", `film.bin.part${number}`);
    await Deno.rename(join(from, name), join(to, name));
  }
}

/** A library in which the film is cut. */
async function cutFilm(scene: Scene, name: string): Promise<string> {
  const library = await scene.library(name, { "film.bin": FILM });
  reportsOf(await scene.run(library, ["chunk", "film.bin", "--json"]));
  return library;
}

Deno.test("e2e: chunk cuts mv1.mp4 into files of 524,288 bytes, but for the last one", async () => {
  await using scene = await Scene.open();
  const library = await scene.library("library", { "mv1.mp4": VIDEO });
  const [report] = reportsOf(await scene.run(library, ["chunk", "mv1.mp4", "--json"]));
  assertEquals([report?.type, report?.name, report?.chunks], ["chunked", "mv1.mp4", 6]);
  const names = ["mv1.mp4.torrent"];
  for (let number = 1; number <= 6; number++) {
    const name = `mv1.mp4.part${number}`;
    const expected = VIDEO.subarray((number - 1) * CHUNK, number * CHUNK);
    await assertContent(join(library, "Chunks", name), expected);
    names.push(name);
  }
  const found = (await Array.fromAsync(Deno.readDir(join(library, "Chunks")))).map(({ name }) =>
    name
  );
  assertEquals(found.sort(), names.sort());
  await assertContent(join(library, "Original_Files", "mv1.mp4"), VIDEO);
});

Deno.test("e2e: two peers with half of the chunk files each give a third one the whole", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await cutFilm(scene, "alice");
  const bob = await scene.folder("bob");
  await moveParts(alice, bob, [2, 4, 6, 8, 10, 12]);
  await Deno.remove(join(alice, "Original_Files", "film.bin"));
  const torrent = join("Chunks", "film.bin.torrent");
  await Deno.copyFile(join(alice, torrent), join(bob, torrent));
  const halves = new Map<unknown, number[]>();
  for (const [library, chunks] of [[alice, 7], [bob, 6]] as const) {
    const seed = scene.start(library, ["seed", torrent, ...tracker.flags, "--json"]);
    const seeding = await seed.report("seeding");
    assertEquals([seeding.chunks, seeding.chunkCount], [chunks, 13]);
    const first = halves.size;
    halves.set(seeding.port, Array.from({ length: chunks }, (_, at) => first + 2 * at));
  }
  const carol = await scene.folder("carol");
  const get = await scene.run(carol, ["get", "film.bin", ...tracker.flags, "--json"]);
  assertEquals(reportsOf(get).at(-1)?.downloaded, FILM.length);
  await assertContent(join(carol, "Original_Files", "film.bin"), FILM);
  const peers = reportsOf(await scene.run(bob, ["peers", "film.bin", ...tracker.flags, "--json"]));
  assertEquals(new Map(peers.map(({ port, held }) => [port, held])), new Map(halves));
});

Deno.test("e2e: share of a name that lies there only as chunk files serves those", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await cutFilm(scene, "alice");
  await Deno.remove(join(alice, "Original_Files", "film.bin"));
  await scene.share(alice, "film.bin", tracker);
  const bob = await scene.folder("bob");
  const get = ["get", "film.bin", ...tracker.flags, "--chunks", "--json"];
  assertEquals(reportsOf(await scene.run(bob, get)).at(-1)?.downloaded, FILM.length);
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
  for (let number = 1; number <= 13; number++) {
    const expected = FILM.subarray((number - 1) * CHUNK, number * CHUNK);
    await assertContent(join(bob, "Chunks", `film.bin.part${number}`), expected);
  }
  await Deno.remove(join(bob, "Original_Files", "film.bin"));
  await Deno.remove(join(bob, "Chunks", "film.bin.part7"));
  await Deno.writeFile(join(bob, "Chunks", "film.bin.part11"), FILM.subarray(0, CHUNK));
  assertEquals(reportsOf(await scene.run(bob, get)).at(-1)?.downloaded, 2 * CHUNK);
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});

Deno.test("e2e: merge puts more than nine chunks together in the order of their numbers", async () => {
  await using scene = await Scene.open();
  const library = await cutFilm(scene, "library");
  const path = join(library, "Original_Files", "film.bin");
  await Deno.remove(path);
  const merge = await scene.run(library, ["merge", "film.bin"]);
  assertEquals(merge, { code: 0, stdout: [path], stderr: [] });
  await assertContent(path, FILM);
});

Deno.test("e2e: merge names wrong and missing chunks, writes nothing and keeps what is there", async () => {
  await using scene = await Scene.open();
  const library = await cutFilm(scene, "library");
  const path = join(library, "Original_Files", "film.bin");
  const part = (number: number): string => join(library, "Chunks", `film.bin.part${number}`);
  await Deno.remove(path);
  await Deno.rename(part(10), part(99));
  const missing = refusalOf(await scene.run(library, ["merge", "film.bin"]), 1);
  assertStringIncludes(missing, "film.bin.part10 missing");
  assertEquals(missing.includes("part1 "), false, missing);

  await Deno.rename(part(99), part(10));
  const damaged = await Deno.readFile(part(12));
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
  await Deno.writeFile(part(12), damaged);
  await Deno.truncate(part(3), CHUNK - 1);
  const wrong = refusalOf(await scene.run(library, ["merge", "film.bin"]), 32);
  for (const name of ["film.bin.part12", "film.bin.part3"]) assertStringIncludes(wrong, name);
  assert(!wrong.includes("film.bin.part2"), wrong);

  assertEquals([...Deno.readDirSync(join(library, "Original_Files"))], []);
  await assertContent(part(12), damaged);
  assertEquals((await Deno.stat(part(3))).size, CHUNK - 1);
});

Deno.test("e2e: merge and chunk say what is missing when there is nothing of that name", async () => {
  await using scene = await Scene.open();
  const library = await scene.library("library");
  assertStringIncludes(
    refusalOf(await scene.run(library, ["merge", "film.bin"]), 1),
    "film.bin.torrent",
  );
  assertStringIncludes(refusalOf(await scene.run(library, ["chunk", "film.bin"]), 1), "film.bin");
  assertStringIncludes(refusalOf(await scene.run(library, ["merge", "../film.bin"]), 1), "path");
});

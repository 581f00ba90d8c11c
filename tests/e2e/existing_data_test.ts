import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, refusalOf, reportsOf, Scene } from "./scene.ts";

const PIECE = 64 * 1024;
const FILM = randomBytes(seededRandom(8), 30 * PIECE + 77);

Deno.test("e2e: create writes a torrent that info, verify and seed understand", async () => {
  await using scene = await Scene.open();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const data = join(alice, "Original_Files");
  const work = await scene.folder("work");
  const [created] = reportsOf(
    await scene.run(work, [
      ...["create", join(data, "film.bin"), "--out", "x.torrent", "--json"],
      ...["--piece-length", "64K", "--comment", "a comment", "--private"],
      ...["--announce", "http://a.example/announce", "--announce", "udp://b.example:1"],
    ]),
  );
  assertEquals(
    [created?.type, created?.name, created?.path, created?.chunks],
    ["created", "film.bin", join(work, "x.torrent"), 31],
  );
  const [info] = reportsOf(await scene.run(work, ["info", "x.torrent", "--json"]));
  assertEquals(
    [info?.type, info?.name, info?.infoHash, info?.bytes, info?.pieceLength, info?.chunks],
    ["torrent", "film.bin", created?.infoHash, FILM.length, PIECE, 31],
  );
  assertEquals(
    [info?.privacy, info?.comment, info?.trackers],
    ["private", "a comment", [["http://a.example/announce"], ["udp://b.example:1"]]],
  );
  const [magnet] = reportsOf(await scene.run(work, ["info", String(info?.magnet), "--json"]));
  assertEquals(
    [magnet?.type, magnet?.infoHash, magnet?.name, magnet?.length],
    ["magnet", created?.infoHash, "film.bin", FILM.length],
  );
  const text = (await scene.run(work, ["info", "x.torrent"])).stdout.join("\n");
  for (const fact of ["film.bin", String(created?.infoHash), "31 of 64.0 KiB", "a comment"]) {
    assertStringIncludes(text, fact);
  }
  for (const folder of [data, join(data, "film.bin")]) {
    const verify = await scene.run(work, ["verify", "x.torrent", folder]);
    assertEquals(verify, {
      code: 0,
      stdout: [`${join(data, "film.bin")} is whole: 31 of 31 chunks are right`],
      stderr: [],
    });
  }
});

Deno.test("e2e: verify tells which chunks are damaged, with status 32, and get mends only those", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const damaged = FILM.slice(0, 29 * PIECE);
  for (const index of [0, 6, 28]) {
    damaged[index * PIECE + 5] = (damaged[index * PIECE + 5] ?? 0) ^ 1;
  }
  const library = await scene.library("library", { "film.bin": damaged });
  const alice = await scene.library("alice", { "film.bin": FILM });
  const create = ["create", "film.bin", "--piece-length", "64K", "--json"];
  reportsOf(await scene.run(alice, create));
  const torrent = join(alice, "film.bin.torrent");
  const { code, stdout, stderr } = await scene.run(library, ["verify", torrent]);
  assertEquals({ code, stderr }, { code: 32, stderr: [] });
  assertStringIncludes(stdout.join("\n"), "26 of 31 chunks are right");
  assertStringIncludes(stdout.join("\n"), "wrong or missing: 1, 7, 29, 30, 31");
  const json = await scene.run(library, ["verify", torrent, "--json"]);
  assertEquals(json.code, 32);
  const [report] = json.stdout.map((line) => JSON.parse(line));
  assertEquals(
    [report.type, report.chunks, report.chunkCount, report.bad],
    ["verified", 26, 31, [0, 6, 28, 29, 30]],
  );
  const absent = await scene.run(alice, ["verify", torrent, join(scene.path, "nowhere")]);
  assert(absent.code !== 0, absent.stdout.join("\n"));
  await scene.share(alice, "film.bin", tracker, ["--piece-length", "64K"]);
  refusalOf(await scene.run(library, ["get", torrent, ...tracker.flags]), 13);
  const path = join(library, "Original_Files", "film.bin");
  await assertContent(path, damaged);
  const partial = join(library, "Chunks", "film.bin.partial");
  assertStringIncludes(stdout.at(-1) ?? "", `rename it to ${partial}, and "sluice get ${torrent}"`);
  await Deno.mkdir(join(library, "Chunks"), { recursive: true });
  await Deno.rename(path, partial);
  const mend = await scene.run(library, ["get", torrent, ...tracker.flags, "--json"]);
  assertEquals(reportsOf(mend).at(-1)?.downloaded, 4 * PIECE + 77);
  await assertContent(path, FILM);
});

Deno.test("e2e: seed serves the data of a folder, what is right of it, for peers that are told of it", async () => {
  await using scene = await Scene.open();
  const alice = await scene.library("alice", { "film.bin": FILM });
  reportsOf(await scene.run(alice, ["create", "film.bin", "--piece-length", "64K", "--json"]));
  const torrent = join(alice, "film.bin.torrent");
  const first = FILM.slice();
  const second = FILM.slice();
  for (let index = 0; index <= 30; index++) {
    const half = index % 2 === 0 ? first : second;
    half[index * PIECE] = (half[index * PIECE] ?? 0) ^ 1;
  }
  const peers: string[] = [];
  for (const [name, content, chunks] of [["a", first, 15], ["b", second, 16]] as const) {
    const folder = await scene.folder(name, { "film.bin": content });
    const seed = scene.start(scene.path, ["seed", torrent, folder, "--json"]);
    const seeding = await seed.report("seeding");
    assertEquals([seeding.chunks, seeding.chunkCount], [chunks, 31]);
    peers.push("--peer", `127.0.0.1:${seeding.port}`);
  }
  const bob = await scene.folder("bob");
  const get = await scene.run(bob, ["get", torrent, ...peers, "--json"]);
  assertEquals(reportsOf(get).at(-1)?.downloaded, FILM.length);
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);

  const none = await scene.folder("none", { "film.bin": new Uint8Array(FILM.length) });
  assertStringIncludes(
    refusalOf(await scene.run(scene.path, ["seed", torrent, none]), 32),
    "film.bin",
  );
  refusalOf(await scene.run(scene.path, ["seed", torrent, join(scene.path, "nowhere")]), 1);
});

Deno.test("e2e: a file that changes under its seeder is not passed on wrong", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const share = await scene.share(alice, "film.bin", tracker, ["--piece-length", "64K"]);
  const changed = FILM.slice();
  changed[3 * PIECE] = (changed[3 * PIECE] ?? 0) ^ 1;
  await Deno.writeFile(join(alice, "Original_Files", "film.bin"), changed);
  const bob = await scene.folder("bob");
  const get = ["get", "film.bin", "--timeout", "2s", ...tracker.flags];
  const { code, stderr } = await scene.run(bob, get);
  assertEquals(code, 2, stderr.join("\n"));
  assertMatch(stderr.at(-1) ?? "", /^sluice: Cannot complete film\.bin: /);
  const { chunks, held, chunkCount } = await share.process.report("chunks-lost");
  assertEquals([chunks, held], [[4], Number(chunkCount) - 1]);
  const carol = await scene.library("carol", { "film.bin": FILM });
  await scene.share(carol, "film.bin", tracker, ["--piece-length", "64K"]);
  reportsOf(await scene.run(bob, [...get, "--json"]));
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});

import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { join } from "@std/path";
import type { TorrentInfo } from "../../lib/metainfo/mod.ts";
import { parseTorrent } from "../../lib/metainfo/mod.ts";
import { openLibrary, openPartialStore } from "../../lib/storage/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, reportsOf, Scene } from "./scene.ts";
import type { Sluice } from "./sluice.ts";

const PIECE = 64 * 1024;
const FILM = randomBytes(seededRandom(4), 100 * PIECE + 99);
const KILLS = 4;

/** Kills a process at the n-th change in a folder; says whether it was still running. */
async function killAtChange(process: Sluice, folder: string, count: number): Promise<boolean> {
  const watcher = Deno.watchFs(folder);
  const ended = process.outcome().then(() => watcher.close());
  let left = count;
  for await (const _change of watcher) if (--left === 0) process.kill("SIGKILL");
  await ended;
  return left <= 0;
}

/** The pieces of a download that are kept on the disk. */
async function keptIn(folder: string, info: TorrentInfo): Promise<number[]> {
  await using store = await openPartialStore({ library: await openLibrary(folder), info });
  return [...store.held.ones()];
}

Deno.test("e2e: a get that is killed again and again goes on where it was", async () => {
  await using scene = await Scene.open();
  const random = seededRandom(7);
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.library("bob");
  const chunks = join(bob, "Chunks");
  await Deno.mkdir(chunks);
  await scene.share(alice, "film.bin", tracker, ["--piece-length", "64K"]);
  const torrent = join(scene.path, "film.torrent");
  reportsOf(
    await scene.run(alice, [
      ...["create", "film.bin", "--piece-length", "64K", "--out", torrent, "--json"],
    ]),
  );
  const { info } = await parseTorrent(await Deno.readFile(torrent));
  const get = ["get", "film.bin", ...tracker.flags, "--json"];

  let kept: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const process = scene.start(bob, [...get, "--down", "4M"]);
    const changes = 1 + randomBelow(random, 60);
    assert(await killAtChange(process, chunks, changes), "it ended before it was killed");
    const told = process.reports.filter(({ type }) => type === "progress").at(-1)?.chunks ?? 0;
    const now = await keptIn(bob, info);
    assertLessOrEqual(Number(told), now.length);
    assertEquals(kept.filter((index) => !now.includes(index)), [], "kept pieces were lost");
    kept = now;
  }
  assertGreater(kept.length, 0);
  const missing = info.layout.totalLength -
    kept.reduce((sum, index) => sum + info.layout.pieceSize(info.layout.pieceIndex(index)), 0);
  assertGreater(missing, 0);

  const done = reportsOf(await scene.run(bob, get)).at(-1);
  assertEquals([done?.type, done?.downloaded], ["done", missing]);
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
  assertEquals([...Deno.readDirSync(chunks)], []);
});

Deno.test("e2e: a get --chunks that is killed goes on with the chunk files that are right", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.library("bob");
  const chunks = join(bob, "Chunks");
  await Deno.mkdir(chunks);
  await scene.share(alice, "film.bin", tracker, ["--piece-length", "64K"]);
  const get = ["get", "film.bin", ...tracker.flags, "--chunks", "--json"];
  const process = scene.start(bob, [...get, "--down", "4M"]);
  assert(await killAtChange(process, chunks, 150), "it ended before it was killed");
  let missing = FILM.length;
  for (const { name } of Deno.readDirSync(chunks)) {
    const number = Number(/^film\.bin\.part(\d+)$/.exec(name)?.[1] ?? 0);
    if (number === 0) continue;
    const expected = FILM.subarray((number - 1) * PIECE, number * PIECE);
    await assertContent(join(chunks, name), expected);
    missing -= expected.length;
  }
  assertGreater(FILM.length, missing);
  assertEquals(reportsOf(await scene.run(bob, get)).at(-1)?.downloaded, missing);
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});

Deno.test("e2e: two gets of one file in one library do not disturb each other", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.library("bob");
  await scene.share(alice, "film.bin", tracker);
  const get = ["get", "film.bin", ...tracker.flags, "--json"];
  const first = scene.start(bob, [...get, "--down", "4M"]);
  await first.report("progress");
  const second = await scene.run(bob, ["get", "film.bin", ...tracker.flags]);
  assertEquals(second.code, 1);
  assertEquals(second.stderr.length, 1);
  assert(second.stderr[0]?.includes(`store in use by pid ${first.pid}`), second.stderr[0]);
  assertEquals((await first.report("done")).downloaded, FILM.length);
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, refusalOf, reportsOf, Scene } from "./scene.ts";

const FILM = randomBytes(seededRandom(65), 1_500_000);
const HERE = ["--host", "127.0.0.1", "--json"];

/** Announce URLs at which nobody is: who names one asks no tracker of ours. */
const NOWHERE = ["--tracker", "udp://127.0.0.1:9"];

for (const door of ["http", "udp"] as const) {
  Deno.test(`e2e: the magnet link that share prints is all that get needs, by ${door}`, async () => {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM });
    const share = ["share", "film.bin", "--tracker", tracker.urls[door], ...HERE];
    const { magnet, announced } = await scene.start(alice, share).report("seeding");
    assertEquals(announced, true);
    const bob = await scene.folder("bob");
    const reports = reportsOf(await scene.run(bob, ["get", String(magnet), ...HERE]));
    assertEquals(reports.at(-1)?.downloaded, FILM.length);
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
  });
}

Deno.test("e2e: the magnet link of share names the one who shares, and needs no tracker", async () => {
  await using scene = await Scene.open();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const share = scene.start(alice, ["share", "film.bin", ...NOWHERE, ...HERE]);
  const { magnet, port } = await share.report("seeding");
  assertStringIncludes(String(magnet), `&x.pe=127.0.0.1:${port}`);
  const link = String(magnet).replace(/&tr=[^&]*/, "");
  const bob = await scene.folder("bob");
  assertEquals(reportsOf(await scene.run(bob, ["get", link, ...HERE])).at(-1)?.type, "done");
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});

Deno.test("e2e: a magnet link with a peer in it, or an info-hash with --peer, needs no tracker at all", async () => {
  await using scene = await Scene.open();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const share = scene.start(alice, ["share", "film.bin", ...NOWHERE, ...HERE]);
  const { infoHash, port } = await share.report("seeding");
  const peer = `127.0.0.1:${port}`;
  const words = [
    [`magnet:?xt=urn:btih:${infoHash}&x.pe=${peer}`],
    [String(infoHash), "--peer", peer],
  ];
  for (const [at, what] of words.entries()) {
    const bob = await scene.folder(`bob${at}`);
    const reports = reportsOf(await scene.run(bob, ["get", ...what, ...HERE]));
    assertEquals(reports.at(-1)?.type, "done");
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
  }
});

Deno.test("e2e: a tracker of ours that knows only peers helps, too: they give the metadata", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const share = ["share", "film.bin", "--tracker", tracker.urls.http, ...HERE];
  const { infoHash } = await scene.start(alice, share).report("seeding");
  const bob = await scene.folder("bob");
  const get = ["get", String(infoHash), ...tracker.flags, ...HERE];
  assertEquals(reportsOf(await scene.run(bob, get)).at(-1)?.type, "done");
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});

Deno.test("e2e: what nobody knows is said to be so, with the way out", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const bob = await scene.folder("bob");
  const hash = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";
  const line = refusalOf(await scene.run(bob, ["get", hash, ...tracker.flags]), 33);
  assertStringIncludes(line, hash);
  const link = `magnet:?xt=urn:btih:${hash}&x.pe=127.0.0.1:9`;
  const dead = refusalOf(await scene.run(bob, ["get", link, "--timeout", "2s"]), 2);
  assertMatch(dead, /Cannot find out what torrent c12f.* is: the only known peer did not give it/);
  assertStringIncludes(dead, "name a tracker with --tracker or a peer with --peer");
  const bad = refusalOf(await scene.run(bob, ["get", "magnet:?xt=urn:btih:123"]), 27);
  assertStringIncludes(bad, "Cannot read magnet link");
  const peer = `magnet:?xt=urn:btih:${hash}&x.pe=999.1.1.1:80`;
  assertMatch(
    refusalOf(await scene.run(bob, ["get", peer]), 27),
    /peer "999\.1\.1\.1:80" is no HOST/,
  );
});

Deno.test("e2e: one torrent that is named twice, by link, hash and file, is fetched once", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const share = ["share", "film.bin", "--tracker", tracker.urls.http, ...HERE];
  const { infoHash, magnet } = await scene.start(alice, share).report("seeding");
  const torrent = join(scene.path, "film.torrent");
  const film = join(alice, "Original_Files", "film.bin");
  reportsOf(await scene.run(alice, ["create", film, "--out", torrent, "--json"]));
  const bob = await scene.folder("bob");
  const all = [String(magnet), String(infoHash), torrent, String(infoHash)];
  const reports = reportsOf(await scene.run(bob, ["get", ...all, ...tracker.flags, ...HERE]));
  assertEquals(reports.filter(({ type }) => type === "done").length, 1);
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});

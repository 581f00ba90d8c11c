import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { RECONNECT_MS } from "../../../lib/tracker/limits.ts";
import { deadPort } from "../../e2e/dead_port.ts";
import { assertContent, refusalOf, reportsOf, Scene } from "../../e2e/scene.ts";
import type { Report, Sluice } from "../../e2e/sluice.ts";
import { DATAGRAM_IMPOSTORS, STREAM_IMPOSTORS } from "./impostors.ts";
import { bytesOf, done, filmOf, goesOn, holds, IN_PIECES, progressOf, timed } from "./transfers.ts";

const PIECES = 96;
const FILM = filmOf(2, PIECES);

/** Asks a tracker for the members of a swarm until they are as they should be. */
async function untilPeers(
  scene: Scene,
  flags: readonly string[],
  isRight: (peers: Record<string, unknown>[]) => boolean,
): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { code, stdout } = await scene.run(scene.path, ["peers", "film.bin", ...flags, "--json"]);
    if (code === 0 && isRight(stdout.map((line) => JSON.parse(line)))) return;
  }
  throw new Error("The tracker never knows all peers");
}

Deno.test("faults: a tracker that is killed and comes back empty learns all anew, and no transfer stops", async () => {
  await using scene = await Scene.open();
  const old = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  await scene.share(alice, "film.bin", old, [...IN_PIECES, "--up", "4M"]);
  const leechers: Sluice[] = [];
  for (const name of ["bob", "carol", "dave"]) {
    const get = ["get", "film.bin", ...old.flags, "--down", "700K", "--json"];
    leechers.push(scene.start(await scene.folder(name), get));
  }
  await Promise.all(leechers.map((get) => holds(get, 1)));
  old.process.kill("SIGKILL");
  await old.process.outcome();
  const lost = (report: Report): boolean => report.state === "unreachable";
  await Promise.all(leechers.map((get) => get.report("tracker", lost)));
  await Promise.all(leechers.map(goesOn));
  const fresh = await scene.tracker(old.port);
  const knowsAll = untilPeers(scene, fresh.flags, (peers) => {
    const chunks = peers.map((peer) => Number(peer.chunks)).sort((a, b) => a - b);
    return chunks.length === 4 && Number(chunks[0]) > 0 && chunks[3] === PIECES;
  });
  assertLess(await timed(knowsAll), RECONNECT_MS.max);
  assert(leechers.every((get) => bytesOf(get) < FILM.length), "they were done too early");
  for (const get of leechers) {
    await done(get);
    const rates = progressOf(get).map(({ bytes }) => Number(bytes));
    const stops = rates.filter((bytes, at) => at > 2 && bytes > 0 && bytes === rates[at - 3]);
    assertEquals(stops, [], "it stood still for a second and a half");
    await assertContent(join(get.cwd, "Original_Files", "film.bin"), FILM);
  }
});

Deno.test("faults: a tracker that freezes stops no transfer, is given up on in time, and is used again", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const share = await scene.share(alice, "film.bin", tracker, IN_PIECES);
  const bob = await scene.folder("bob");
  const get = scene.start(bob, ["get", "film.bin", ...tracker.flags, "--down", "200K", "--json"]);
  await holds(get, 1);
  tracker.process.kill("SIGSTOP");

  const carol = await scene.folder("carol");
  const late = ["get", "film.bin", ...tracker.flags, "--timeout", "2s", "--quiet"];
  const refused = scene.run(carol, late);
  assertLess(await timed(refused), 10_000);
  assertStringIncludes(
    refusalOf(await refused, 2),
    `no tracker answers at 127.0.0.1:${tracker.port}`,
  );
  await Promise.all([["list"], ["peers", "film.bin"]].map(async (command) => {
    const asked = scene.run(carol, [...command, ...tracker.flags]);
    assertLess(await timed(asked), 30_000);
    assertStringIncludes(refusalOf(await asked, 2), `127.0.0.1:${tracker.port}`);
  }));
  await get.report("tracker", ({ state }) => state === "unreachable");
  await goesOn(get);
  tracker.process.kill("SIGCONT");
  await untilPeers(scene, tracker.flags, (peers) => peers.length === 2);
  await goesOn(get);
  for (const [process, status] of [[get, 7], [share.process, 0]] as const) {
    process.kill("SIGTERM");
    assertEquals((await process.outcome()).code, status);
  }
});

Deno.test("faults: whatever answers in a tracker's place is told in a line, and transfers go on", async () => {
  await Promise.all(STREAM_IMPOSTORS.map(async (impostor) => {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM });
    const bob = await scene.folder("bob");
    const share = await scene.share(alice, "film.bin", tracker, [...IN_PIECES, "--up", "1M"]);
    const get = scene.start(bob, ["get", "film.bin", ...tracker.flags, "--json"]);
    await holds(get, 1);
    tracker.process.kill("SIGKILL");
    await tracker.process.outcome();
    await using _impostor = impostor.open(tracker.port);
    const address = `127.0.0.1:${tracker.port}`;
    const commands = [["list"], ["peers"], ["get", "film.bin", "--timeout", "1s", "--quiet"]];
    await Promise.all(commands.map(async (command) => {
      const run = scene.run(bob, [...command, "--library", "other", "--tracker", address]);
      assertLess(await timed(run), 20_000);
      const line = refusalOf(await run, 2);
      assertStringIncludes(line, address, impostor.name);
    }));
    await goesOn(get);
    await done(get);
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
    share.process.kill("SIGTERM");
    assertEquals((await share.process.outcome()).code, 0);
  }));
});

const DOORS = [
  ...STREAM_IMPOSTORS.map((impostor) => ({ impostor, door: "http" }) as const),
  ...DATAGRAM_IMPOSTORS.map((impostor) => ({ impostor, door: "udp" }) as const),
];

Deno.test("faults: whatever answers in the place of an announce URL is told in a line, and transfers go on", async () => {
  await Promise.all(DOORS.map(async ({ impostor, door }) => {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM });
    const bob = await scene.folder("bob");
    const announce = ["--tracker", tracker.urls[door], "--json"];
    const share = ["share", "film.bin", ...IN_PIECES, "--up", "1M", ...announce];
    const { magnet } = await scene.start(alice, share).report("seeding");
    const get = scene.start(bob, ["get", String(magnet), ...announce]);
    await holds(get, 1);
    tracker.process.kill("SIGKILL");
    await tracker.process.outcome();
    await using _impostor = impostor.open(Number(new URL(tracker.urls[door]).port));
    const late = ["get", String(magnet), ...announce, "--timeout", "10s", "--library", "other"];
    const run = scene.run(bob, late);
    assertLess(await timed(run), 20_000);
    const reports = reportsOf(await run);
    assertEquals(reports.at(-1)?.downloaded, FILM.length, "the link names a peer");
    const told = reports.filter(({ type }) => type === "tracker");
    // Whoever is silent in the place of a UDP tracker may only have lost a datagram.
    assertEquals(told.length > 0, door === "http");
    for (const { reason } of told) assertStringIncludes(String(reason), "Cannot announce to http");
    const looking = reports.findIndex(({ type }) => type === "looking");
    const progress = reports.findIndex(({ type }) => type === "progress");
    assert(looking < progress, "what was found is still looked for");
    await done(get);
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
  }));
});

Deno.test("faults: who fetches by name before the tracker is there waits for it, and for those who have the file", async () => {
  await using scene = await Scene.open();
  const port = deadPort();
  const flags = ["--tracker", `127.0.0.1:${port}`, "--json"];
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.folder("bob");
  const get = scene.start(bob, ["get", "film.bin", ...flags]);
  await get.report("tracker", ({ state }) => state === "unreachable");
  const tracker = await scene.tracker(port);
  // The one who has the file is a little later than the one who wants it.
  await tracker.process.report("connected");
  scene.start(alice, ["share", "film.bin", ...IN_PIECES, ...flags]);
  await done(get);
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});

Deno.test("faults: a tracker that never comes is told in a line, and --timeout is kept", async () => {
  await using scene = await Scene.open();
  const alice = await scene.library("alice", { "film.bin": FILM });
  reportsOf(await scene.run(alice, ["create", "film.bin", "--json"]));
  const torrent = join(alice, "film.bin.torrent");
  const place = `127.0.0.1:${deadPort()}`;
  const trackers = [place, `http://${place}/announce`, `udp://${place}/announce`];
  await Promise.all(trackers.map(async (tracker, at) => {
    const get = ["get", torrent, "--out", `out ${at}`, "--timeout", "3s", "--tracker", tracker];
    const run = scene.run(scene.path, [...get, "--quiet"]);
    assertLess(await timed(run), 10_000);
    assertStringIncludes(refusalOf(await run, 2), "no peers are known for 3.00 s");
  }));
});

import { assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { join } from "@std/path";
import { REQUEST_TIMEOUT_MS } from "../../../lib/peer/limits.ts";
import { deadPort } from "../../e2e/dead_port.ts";
import { Machines, NO_MACHINES } from "../../e2e/machines.ts";
import { assertContent, Scene } from "../../e2e/scene.ts";
import type { Sluice } from "../../e2e/sluice.ts";
import { tell } from "../hostile/usage.ts";
import {
  bytesOf,
  done,
  filmOf,
  goesOn,
  holds,
  IN_PIECES,
  lasting,
  PIECE,
  timed,
} from "./transfers.ts";

const FILM = filmOf(1, 128);

/** A leecher goes on within this time of its source's return, however slow the machine is. */
const RETURN_MS = 20_000;

/** Tells how long it took until a leecher went on, and fails if that was too long. */
function assertReturned(how: string, tookMs: number, withinMs = RETURN_MS): void {
  tell(`a leecher whose seeder is back ${how} goes on after ${Math.round(tookMs)} ms`);
  assertLess(tookMs, withinMs);
}

/** Bytes that may be under way to a leecher and are lost with whoever sends them. */
const UNDER_WAY = 16 * PIECE;

Deno.test("faults: a leecher whose only seeder is killed keeps what it has, and goes on after its return", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.folder("bob");
  const slow = [...IN_PIECES, "--up", "2M"];
  const first = await scene.share(alice, "film.bin", tracker, slow);
  const get = scene.start(bob, ["get", "film.bin", ...tracker.flags, "--json"]);
  let share = first;
  // It comes back at another port, and then at the same.
  for (const [part, port] of [[0.4, 0], [0.7, first.port]] as const) {
    await holds(get, part * FILM.length);
    share.process.kill("SIGKILL");
    await share.process.outcome();
    await get.reportAfter(get.reports.length, ["progress"]);
    await get.report("progress", ({ peers, bytes }) => peers === 0 && bytes === bytesOf(get));
    const kept = bytesOf(get);
    const args = ["share", "film.bin", ...tracker.flags, ...slow, "--json"];
    const process = scene.start(alice, [...args, "--port", String(port)]);
    await process.report("serving");
    assertReturned(
      `at ${port === 0 ? "another port" : "its port"}`,
      await timed(holds(get, kept + 1)),
    );
    share = { ...first, process };
  }
  const { downloaded } = await done(get);
  assertLessOrEqual(Number(downloaded), FILM.length + 2 * UNDER_WAY);
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});

Deno.test("faults: without any tracker a seeder that is killed and comes back is found again", async () => {
  await using scene = await Scene.open();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.folder("bob");
  await scene.run(alice, ["create", "film.bin", ...IN_PIECES]);
  const torrent = join(alice, "film.bin.torrent");
  const nowhere = ["--tracker", `127.0.0.1:${deadPort()}`];
  const seed = ["seed", torrent, ...nowhere, "--up", "2M", "--json"];
  const first = scene.start(alice, seed);
  const { port } = await first.report("seeding");
  const peer = ["--peer", `127.0.0.1:${port}`, ...nowhere];
  const get = scene.start(bob, ["get", torrent, ...peer, "--json"]);
  await holds(get, 0.4 * FILM.length);
  first.kill("SIGKILL");
  await first.outcome();
  await get.report("progress", ({ peers }) => peers === 0);
  // So long that the waits between its attempts are the longest.
  await lasting(8_000);
  const second = scene.start(alice, [...seed, "--port", String(port)]);
  await second.report("serving");
  assertReturned("without a tracker", await timed(goesOn(get)));
  await assertFetchedOnce(get);
});

Deno.test("faults: of a seeder that freezes nothing is waited for while another one is there", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const slow = [...IN_PIECES, "--up", "2M"];
  const frozen = await scene.share(alice, "film.bin", tracker, slow);
  await scene.share(alice, "film.bin", tracker, slow);
  const bob = await scene.folder("bob");
  const get = scene.start(bob, ["get", "film.bin", ...tracker.flags, "--json"]);
  await get.report("progress", ({ peers, bytes }) => peers === 2 && Number(bytes) > 0);
  frozen.process.kill("SIGSTOP");
  await assertFetchedOnce(get);

  frozen.process.kill("SIGCONT");
  const carol = await scene.folder("carol");
  const again = ["get", "film.bin", ...tracker.flags, "--json"];
  const thawed = scene.start(carol, [...again, "--peer", `127.0.0.1:${frozen.port}`]);
  await thawed.report("progress", ({ peers }) => peers === 2);
  await done(thawed);
});

/** Fetches from a seeder that is out of reach for a while, and gives the time until it went on. */
type Outage = (scene: Scene, ms: number) => Promise<number>;

/** Has the only seeder stand still. */
const freeze: Outage = async (scene, ms) => {
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.folder("bob");
  const { process } = await scene.share(alice, "film.bin", tracker, [...IN_PIECES, "--up", "4M"]);
  const get = scene.start(bob, ["get", "film.bin", ...tracker.flags, "--json"]);
  await holds(get, 0.4 * FILM.length);
  process.kill("SIGSTOP");
  await lasting(ms);
  process.kill("SIGCONT");
  const tookMs = await timed(goesOn(get));
  await assertFetchedOnce(get);
  return tookMs;
};

/** Pulls the plug of the only seeder. */
const cut: Outage = async (scene, ms) => {
  using machines = new Machines(["tracker", "alice", "bob"]);
  const tracker = scene.start(scene.path, ["tracker", "--json"], machines.on("tracker"));
  await tracker.report("ready");
  const flags = ["--no-discovery", "--tracker", `${machines.address(0)}:6789`, "--json"];
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.folder("bob");
  const share = ["share", "film.bin", ...IN_PIECES, "--up", "4M", ...flags];
  const seeder = scene.start(alice, share, machines.on("alice"));
  await tracker.report("published");
  const leecher = scene.start(bob, ["get", "film.bin", ...flags], machines.on("bob"));
  await holds(leecher, 0.4 * FILM.length);
  {
    using _cut = machines.unplug("alice");
    await lasting(ms);
  }
  const tookMs = await timed(goesOn(leecher));
  await assertFetchedOnce(leecher);
  // Before its machine goes.
  for (const process of [seeder, tracker]) process.kill("SIGTERM");
  for (const process of [seeder, tracker]) assertEquals((await process.outcome()).code, 0);
  return tookMs;
};

/** Makes sure that a `get` ends with the right data, and fetched next to nothing twice. */
async function assertFetchedOnce(get: Sluice): Promise<void> {
  const { downloaded, bytes } = await done(get);
  assertEquals(bytes, FILM.length);
  assertLessOrEqual(Number(downloaded), FILM.length + UNDER_WAY);
  await assertContent(join(get.cwd, "Original_Files", "film.bin"), FILM);
}

Deno.test({
  name: `faults: a cable that is out for 2 s costs nothing that was verified${NO_MACHINES}`,
  ignore: NO_MACHINES !== "",
  async fn() {
    await using scene = await Scene.open();
    assertReturned("after 2 s without a cable", await cut(scene, 2_000));
  },
});

const CABLE = NO_MACHINES === "" ? "or has no cable" : `and the cable is left out${NO_MACHINES}`;

Deno.test(`faults: a leecher outlives that its only seeder is frozen ${CABLE} longer than requests wait`, async () => {
  const ms = REQUEST_TIMEOUT_MS + 3_000;
  await using frozen = await Scene.open();
  await using apart = await Scene.open();
  const outages = [freeze(frozen, ms), ...NO_MACHINES === "" ? [cut(apart, ms)] : []];
  const [frozenMs = Infinity, apartMs = 0] = await Promise.all(outages);
  assertReturned("after a long frost", frozenMs);
  // What was sent into the void is sent again after a time that doubles: TCP may find out late.
  assertReturned("after long without a cable", apartMs, ms + RETURN_MS);
});

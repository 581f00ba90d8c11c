import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Torrent, TorrentEvent } from "../../lib/peer/mod.ts";
import { NoSpaceError, StorageError } from "../../lib/storage/mod.ts";
import { assertWhole, createTorrent, type SimulatedTorrent, Simulation } from "./simulation.ts";

const PIECE = 64 * 1024;
const FULL = new NoSpaceError("/disk/data.bin.partial");
const MANY = new StorageError("Cannot open data.bin", "data.bin", { code: "EMFILE" });

/** A store in memory on a disk that can be made to refuse; counts what it is given. */
function refusing(sim: Simulation, torrent: SimulatedTorrent) {
  const store = sim.store(torrent.info);
  const put = store.put.bind(store);
  const finish = store.finish.bind(store);
  const disk = {
    fault: undefined as Error | undefined,
    finishFault: undefined as Error | undefined,
  };
  store.put = (index, data) =>
    disk.fault === undefined ? put(index, data) : Promise.reject(disk.fault);
  store.finish = (work) =>
    disk.finishFault === undefined ? finish(work) : Promise.reject(disk.finishFault);
  return { store, disk };
}

/** What a torrent tells of its disk, as it comes. */
function changesOf(torrent: Torrent): TorrentEvent[] {
  const changes: TorrentEvent[] = [];
  void torrent.watch().pipeTo(
    new WritableStream({
      write(event) {
        if (event.type === "disk-waiting" || event.type === "disk-ready") changes.push(event);
      },
    }),
  );
  return changes;
}

async function begun(seed: number) {
  const sim = new Simulation(seed);
  const torrent = await createTorrent({ length: 60 * PIECE });
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 256 * 1024 });
  const { store, disk } = refusing(sim, torrent);
  const node = sim.node("leecher");
  const leecher = node.add(store, { peers: [seeder.address] });
  await sim.until(() => store.held.count >= 10, 60_000);
  return { sim, torrent, seeder, store, disk, node, leecher, changes: changesOf(leecher) };
}

Deno.test("A download whose disk is full waits, keeps its peers, and goes on by itself with what it has", async () => {
  const { sim, torrent, seeder, store, disk, leecher, changes } = await begun(41);
  await using _sim = sim;
  disk.fault = FULL;
  await sim.until(() => leecher.status.obstacle !== undefined, 60_000);
  const { held } = store;
  assertEquals(changes, [{
    ...{ type: "disk-waiting", problem: "disk full", path: FULL.path, waitedMs: 0 },
    missingBytes: (held.length - held.count) * PIECE,
  }]);
  await sim.advance(10_000);
  const { uploaded } = sim.nodes[0]?.torrents.get(torrent.info.infoHash)?.status ?? {};
  const heldBefore = held.count;
  await sim.advance(60_000);
  const seeding = seeder.torrents.get(torrent.info.infoHash);
  assertEquals(seeding?.status.uploaded, uploaded, "nothing more is asked for");
  assertEquals(leecher.links.length, 1, "the peer is kept");
  assertEquals([held.count, changes.length], [heldBefore, 1]);

  disk.fault = undefined;
  assert(await sim.until(() => leecher.status.obstacle === undefined) <= 10_000);
  await sim.until(() => held.isFull, 60_000);
  await sim.settle();
  assertEquals(changes.map(({ type }) => type), ["disk-waiting", "disk-ready"]);
  assertEquals(leecher.status.downloaded, torrent.data.length, "nothing was fetched twice");
  assertEquals(await leecher.completed, "memory:data.bin");
  await assertWhole(leecher, torrent);
});

Deno.test("A corrupt piece that waits for a full disk does not end the wait, and others are asked", async () => {
  const { sim, torrent, store, disk, leecher, changes } = await begun(47);
  await using _sim = sim;
  disk.fault = FULL;
  await sim.until(() => leecher.status.obstacle !== undefined, 60_000);
  await sim.settle();
  const { put } = store;
  let puts = 0;
  store.put = (index, data) => puts++ === 0 ? Promise.resolve("mismatch") : put(index, data);
  await sim.until(() => puts === 1, 60_000);
  assertEquals(leecher.links.length, 0, "who sent it is gone");
  leecher.addPeers([sim.seed("honest", torrent).address]);
  await sim.until(() => puts >= 3, 60_000);
  assertEquals(leecher.status.obstacle?.problem, "disk full");
  assertEquals(changes.map(({ type }) => type), ["disk-waiting"]);
  disk.fault = undefined;
  await sim.until(() => leecher.status.obstacle === undefined, 15_000);
  assertEquals(changes.map(({ type }) => type), ["disk-waiting", "disk-ready"]);
  await sim.until(() => leecher.store.held.isFull, 60_000);
  await assertWhole(leecher, torrent);
});

Deno.test("A peer whose disk is full serves on what it holds", async () => {
  const { sim, torrent, disk, node, leecher } = await begun(42);
  await using _sim = sim;
  disk.fault = FULL;
  await sim.until(() => leecher.status.obstacle !== undefined, 60_000);
  await sim.advance(20_000);
  const third = sim.leech("third", torrent, { peers: [node.address] });
  await sim.until(() => third.store.held.count === leecher.store.held.count, 120_000);
  assert(leecher.status.obstacle !== undefined);
  assert(third.store.held.count >= 10);
});

Deno.test("A download that is closed while its disk is full ends at once with what kept it", async () => {
  const { sim, disk, node, leecher } = await begun(43);
  await using _sim = sim;
  disk.fault = FULL;
  await sim.until(() => leecher.status.obstacle !== undefined, 60_000);
  const failed = assertRejects(() => leecher.completed, NoSpaceError);
  await node.close();
  await failed;
});

Deno.test("A download that is paused while its disk is full waits for nothing, and can be resumed", async () => {
  const { sim, torrent, disk, leecher } = await begun(44);
  await using _sim = sim;
  disk.fault = FULL;
  await sim.until(() => leecher.status.obstacle !== undefined, 60_000);
  leecher.pause();
  await sim.settle();
  assertEquals(leecher.status.obstacle, undefined);
  disk.fault = undefined;
  leecher.resume();
  await sim.until(() => leecher.store.held.isFull, 60_000);
  await assertWhole(leecher, torrent);
});

Deno.test("Too many open files are waited for, and a disk that is broken is not", async () => {
  const { sim, disk, leecher, changes } = await begun(45);
  await using _sim = sim;
  disk.fault = MANY;
  await sim.until(() => leecher.status.obstacle?.problem === "too many open files", 60_000);
  disk.fault = undefined;
  await sim.until(() => leecher.status.obstacle === undefined, 15_000);
  for (const code of ["EIO", "EROFS"]) {
    disk.fault = new StorageError("Cannot write data.bin", "data.bin", { code });
    const failed = assertRejects(() => leecher.completed, StorageError, "Cannot write data.bin");
    await sim.advance(5_000);
    await failed;
    assertEquals(leecher.status.obstacle, undefined);
    disk.fault = undefined;
    leecher.resume();
  }
  assertEquals(changes.length, 2);
  await sim.until(() => leecher.store.held.isFull, 60_000);
});

Deno.test("Room that is missing only for the last step is waited for, too", async () => {
  const { sim, disk, leecher, changes } = await begun(46);
  await using _sim = sim;
  disk.finishFault = FULL;
  await sim.until(() => leecher.status.obstacle !== undefined, 120_000);
  assert(leecher.store.held.isFull);
  await sim.settle();
  assertEquals(changes.map((change) => "missingBytes" in change && change.missingBytes), [0]);
  disk.finishFault = undefined;
  await sim.until(() => leecher.status.obstacle === undefined, 15_000);
  assertEquals(await leecher.completed, "memory:data.bin");
});

Deno.test("A web seed is asked again soon, however long the disk was full", async () => {
  await using sim = new Simulation(47);
  const torrent = await createTorrent({ length: 60 * PIECE });
  const fetch = (_url: string, init: RequestInit): Promise<Response> => {
    const range = new Headers(init.headers).get("range") ?? "";
    const [, start = 0, end = 0] = (/^bytes=(\d+)-(\d+)$/.exec(range) ?? []).map(Number);
    const headers = { "content-range": `bytes ${start}-${end}/${torrent.data.length}` };
    const body = torrent.data.slice(start, end + 1);
    return Promise.resolve(new Response(body, { status: 206, headers }));
  };
  const { store, disk } = refusing(sim, torrent);
  disk.fault = FULL;
  const webSeeds = ["http://mirror.example/data.bin"];
  const leecher = sim.node("leecher", { fetch }).add(store, { webSeeds });
  await sim.until(() => leecher.status.obstacle !== undefined, 60_000);
  // It is parted from again and again, as nothing is asked of it.
  for (let partings = 0; partings < 9; partings++) {
    for (const isHere of [true, false]) {
      while (leecher.links.length > 0 !== isHere) await sim.clock.advance(1_000);
    }
  }
  disk.fault = undefined;
  const tookMs = await sim.until(() => store.held.isFull, 120_000);
  assert(tookMs <= 30_000, `${tookMs} ms`);
  await assertWhole(leecher, torrent);
});

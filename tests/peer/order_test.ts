import { assert, assertEquals, assertRejects } from "@std/assert";
import { PieceUnavailableError, type Torrent } from "../../lib/peer/mod.ts";
import { NoSpaceError } from "../../lib/storage/mod.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, type SimulatedTorrent, Simulation } from "./simulation.ts";

const NEVER = new AbortController().signal;
const NO_SPACE = new NoSpaceError("data.bin", { needed: 2, available: 1 });

/** A torrent that fetches what it is told to, at a host of its own. */
function orderer(sim: Simulation, { info }: SimulatedTorrent, host = "orderer"): Torrent {
  return sim.node(host).add(sim.store(info), { intent: "order" });
}

/** Runs the clock until work is done, and gives what comes of it. */
async function during<T>(sim: Simulation, work: Promise<T>): Promise<T> {
  let isDone = false;
  work.then(() => isDone = true, () => isDone = true);
  await sim.until(() => isDone);
  return await work;
}

function unavailable(reason: string, work: Promise<void>): Promise<unknown> {
  return assertRejects(() => work, PieceUnavailableError, reason);
}

Deno.test("A torrent that is told what to fetch connects to nobody and fetches nothing itself", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const here = orderer(sim, torrent);
  here.addPeers([seeder.address]);
  await sim.advance(5_000);
  assertEquals([here.links.length, here.status.knownPeers], [0, 1]);
  const link = await during(sim, here.connect(seeder.address));
  assert(link.bits.isFull, "what the peer has is known when it is connected");
  await sim.advance(5_000);
  assertEquals([here.links.length, here.store.held.count], [1, 0]);
});

Deno.test("A piece is fetched from the peer of which it is ordered, and from no other", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent();
  const { layout } = torrent.info;
  const [left, right] = [sim.seed("left", torrent), sim.seed("right", torrent)];
  const here = orderer(sim, torrent);
  for (const { address } of [left, right]) await during(sim, here.connect(address));
  await during(sim, here.fetchPiece(layout.pieceIndex(3), right.address, NEVER));
  await during(sim, here.fetchPiece(layout.pieceIndex(7), right.address, NEVER));
  assertEquals([...here.store.held.ones()], [3, 7]);
  const sent = [left, right].map(({ torrents }) => [...torrents.values()][0]?.status.uploaded);
  assertEquals(sent, [0, layout.pieceSize(layout.pieceIndex(3)) * 2 - 1_000]);
  await during(sim, here.fetchPiece(layout.pieceIndex(3), left.address, NEVER));
  assertEquals(sent[0], 0, "what is held is not fetched again");
  assertEquals(here.links.map(({ amInterested }) => amInterested), [false, false]);
});

Deno.test("An order fails when the peer is not there, lacks the piece, or goes", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent();
  const [first, second] = [0, 1].map((index) => torrent.info.layout.pieceIndex(index));
  const node = sim.node("half");
  node.add(await sim.partialStore(torrent, [0]), { intent: "serve" });
  const here = orderer(sim, torrent);
  await unavailable("not connected", here.fetchPiece(first!, node.address, NEVER));
  await during(sim, here.connect(node.address));
  await unavailable("does not have it", here.fetchPiece(second!, node.address, NEVER));

  using listener = sim.listen("rogue");
  const rogue = await RoguePeer.meet(here, listener, torrent);
  const order = here.fetchPiece(first!, listener.address, NEVER);
  await rogue.next("request");
  rogue.close();
  await unavailable("has gone", during(sim, order));
  await during(sim, here.fetchPiece(first!, node.address, NEVER));
  assertEquals(here.store.held.count, 1, "another peer may be told to send it");
});

Deno.test("An order fails when nothing of it comes for 30 s, choked or not, and can be given up", async () => {
  await using sim = new Simulation(4);
  const torrent = await createTorrent();
  const index = torrent.info.layout.pieceIndex(2);
  using listener = sim.listen("rogue");
  const here = orderer(sim, torrent);
  using rogue = await RoguePeer.meet(here, listener, torrent);

  const silent = here.fetchPiece(index, listener.address, NEVER);
  const startMs = sim.clock.now();
  await unavailable("nothing of it for 30 s", during(sim, silent));
  assert(sim.clock.now() - startMs <= 31_100);
  assertEquals(rogue.owed(), [], "what was asked for was taken back");

  const abandon = new AbortController();
  const abandoned = here.fetchPiece(index, listener.address, abandon.signal);
  await rogue.next("request");
  abandon.abort();
  await unavailable("given up", during(sim, abandoned));
  await sim.settle();
  assertEquals(rogue.owed(), []);

  rogue.send({ type: "choke" });
  await sim.settle();
  const choked = here.fetchPiece(index, listener.address, NEVER);
  await unavailable("nothing of it for 30 s", during(sim, choked));

  const patient = here.fetchPiece(index, listener.address, NEVER);
  await sim.advance(14_000);
  rogue.send({ type: "unchoke" });
  for (let block = 0; block < 4; block++) {
    await sim.advance(14_000);
    const [request] = rogue.owed();
    assert(request !== undefined);
    rogue.answer(torrent, request, "right");
  }
  await during(sim, patient);
});

Deno.test("An order fails when the piece comes corrupt, and the peer is banned", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent();
  const index = torrent.info.layout.pieceIndex(2);
  using listener = sim.listen("rogue");
  const here = orderer(sim, torrent);
  using rogue = await RoguePeer.meet(here, listener, torrent);
  void rogue.serve(torrent, () => "wrong");
  await unavailable("corrupt", during(sim, here.fetchPiece(index, listener.address, NEVER)));
  await rogue.closed;
  assertEquals(here.links.length, 0);
});

Deno.test("A write that fails ends the order with its error, and the next order is carried out", async () => {
  await using sim = new Simulation(6);
  const torrent = await createTorrent();
  const index = torrent.info.layout.pieceIndex(2);
  const seeder = sim.seed("seeder", torrent);
  const store = sim.store(torrent.info);
  const put = store.put.bind(store);
  let room = 0;
  store.put = (index, data) => room-- > 0 ? put(index, data) : Promise.reject(NO_SPACE);
  const here = sim.node("orderer").add(store, { intent: "order" });
  await during(sim, here.connect(seeder.address));
  const order = (): Promise<void> => during(sim, here.fetchPiece(index, seeder.address, NEVER));
  await assertRejects(order, NoSpaceError);
  room = 1;
  await order();
  assertEquals(store.held.count, 1);

  here.resume();
  await sim.until(() => here.status.obstacle !== undefined, 10_000);
  room = 100;
  await during(sim, here.completed);
  await assertWhole(here, torrent);
});

Deno.test("A torrent fetches everything after resume, nothing after pause, and tells the end", async () => {
  await using sim = new Simulation(7);
  const torrent = await createTorrent({ length: 40 * 64 * 1024 });
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 256 * 1024 });
  const here = orderer(sim, torrent);
  here.addPeers([seeder.address]);
  here.resume();
  await sim.until(() => here.store.held.count >= 5, 60_000);
  here.pause();
  await sim.advance(2_000);
  const { count } = here.store.held;
  await sim.advance(20_000);
  assertEquals(here.store.held.count, count);
  assert(count < 20);
  here.resume();
  assertEquals(await during(sim, here.completed), "memory:data.bin");
  await assertWhole(here, torrent);
});

Deno.test("A torrent whose pieces were all ordered is finished only when it is told so", async () => {
  await using sim = new Simulation(8);
  const torrent = await createTorrent({ length: 2 * 64 * 1024 });
  const seeder = sim.seed("seeder", torrent);
  const store = sim.store(torrent.info);
  const finish = store.finish.bind(store);
  let finished = 0;
  store.finish = () => {
    finished++;
    return finish();
  };
  const here = sim.node("orderer").add(store, { intent: "order" });
  await during(sim, here.connect(seeder.address));
  for (const index of torrent.info.layout.pieceIndices()) {
    await during(sim, here.fetchPiece(index, seeder.address, NEVER));
  }
  await sim.advance(2_000);
  assertEquals([store.held.isFull, finished], [true, 0]);
  here.resume();
  await during(sim, here.completed);
  assertEquals(finished, 1);
});

Deno.test("Connecting to ourselves, to nobody or to one who was let go says why, or works", async () => {
  await using sim = new Simulation(9);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const node = sim.node("orderer");
  const here = node.add(sim.store(torrent.info), { intent: "order" });
  await assertRejects(() => during(sim, here.connect(node.address)), Error, "ourselves");
  const nobody = { host: "seeder", port: 1 };
  await assertRejects(() => during(sim, here.connect(nobody)));
  await during(sim, here.disconnect(seeder.address));
  const link = await during(sim, here.connect(seeder.address));
  assertEquals(await during(sim, here.connect(seeder.address)), link, "it is connected already");
  await during(sim, here.disconnect(seeder.address));
  assertEquals(here.links.length, 0);
  await sim.advance(10_000);
  assertEquals(here.links.length, 0, "nobody is dialled before it is wanted");
  here.resume();
  await during(sim, here.completed);
});

Deno.test("A peer that has nothing is connected to in no time, a silent one after a second", async () => {
  await using sim = new Simulation(10);
  const torrent = await createTorrent();
  const empty = sim.node("empty");
  empty.add(sim.store(torrent.info), { intent: "serve" });
  const here = orderer(sim, torrent);
  const startMs = sim.clock.now();
  await during(sim, here.connect(empty.address));
  assertEquals(sim.clock.now() - startMs, 0);
  using listener = sim.listen("rogue");
  const accepting = RoguePeer.accept(listener, { infoHash: torrent.info.infoHash });
  const connecting = here.connect(listener.address);
  using _rogue = await accepting;
  await during(sim, connecting);
  assertEquals(sim.clock.now() - startMs, 1_000);
});

Deno.test("A node finds peers by a discovery that it is given late, and no more when it is taken away", async () => {
  await using sim = new Simulation(11);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const node = sim.node("leecher");
  const leecher = node.add(sim.store(torrent.info));
  await sim.advance(1_000);
  let joined = 0;
  const discovery = node.discoverBy({
    join() {
      joined++;
      return {
        peers: ReadableStream.from([[seeder.address]]),
        announced: Promise.resolve(),
        pieceHeld() {},
        [Symbol.dispose]() {},
      };
    },
  });
  await during(sim, leecher.completed);
  assertEquals(joined, 1);
  discovery[Symbol.dispose]();
  const other = await createTorrent({ name: "other.bin" });
  node.add(sim.store(other.info));
  await sim.settle();
  assertEquals(joined, 1);
});

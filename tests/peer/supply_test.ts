import { assert, assertEquals, assertRejects } from "@std/assert";
import { PeerNode, PieceUnavailableError } from "../../lib/peer/mod.ts";
import { FileExistsError, openMemoryStore } from "../../lib/storage/mod.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, pieceOf, Simulation } from "./simulation.ts";

const NEVER = new AbortController().signal;

Deno.test("A piece that is supplied is told to peers, served, and not fetched any more", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent();
  const { layout } = torrent.info;
  const here = sim.node("here").add(sim.store(torrent.info), { intent: "order" });
  const { port } = sim.nodes[0]!.address;
  const there = sim.leech("there", torrent, { peers: [{ host: "here", port }] });
  await sim.advance(1_000);
  assertEquals(there.links.length, 1);
  const wrong = new Uint8Array(torrent.info.pieceLength);
  assertEquals(await here.supply(layout.pieceIndex(2), wrong), "mismatch");
  for (const index of layout.pieceIndices()) {
    assertEquals(await here.supply(index, pieceOf(torrent, index)), "held");
    assertEquals(await here.supply(index, wrong), "held", "what is held is not looked at");
  }
  await sim.until(() => there.store.held.isFull, 30_000);
  await assertWhole(there, torrent);
  assertEquals(here.status.downloaded, 0);
});

Deno.test("A download that was completed can be completed again, and then it tells the truth", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const store = sim.store(torrent.info);
  const finish = store.finish.bind(store);
  const here = sim.node("here").add(store, { intent: "order" });
  here.addPeers([seeder.address]);
  here.resume();
  await sim.until(() => store.held.isFull, 10_000);
  assertEquals(await here.completed, "memory:data.bin");
  here.pause();

  store.finish = () => Promise.reject(new FileExistsError("data.bin"));
  here.resume();
  await assertRejects(() => here.completed, FileExistsError);
  store.finish = finish;
  here.resume();
  assertEquals(await here.completed, "memory:data.bin");
});

Deno.test("A pause, and the end of the torrent, give up the completing that runs", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent();
  const store = sim.store(torrent.info, torrent.data);
  const reasons: unknown[] = [];
  store.finish = (work) =>
    new Promise((_resolve, reject) => {
      work?.signal?.addEventListener("abort", () => {
        reasons.push(work.signal?.reason);
        reject(work.signal?.reason);
      });
    });
  const here = sim.node("here").add(store, { intent: "order" });
  for (const end of [() => here.pause(), () => here.close()]) {
    here.resume();
    const completing = here.completed;
    await sim.settle();
    await end();
    await assertRejects(() => completing);
  }
  assertEquals(reasons.length, 2);
});

Deno.test("A piece that is ordered anew of another peer is asked of that one at once", async () => {
  await using sim = new Simulation(4);
  const torrent = await createTorrent();
  const index = torrent.info.layout.pieceIndex(1);
  const good = sim.seed("good", torrent);
  using listener = sim.listen("silent");
  const here = sim.node("here").add(sim.store(torrent.info), { intent: "order" });
  using rogue = await RoguePeer.meet(here, listener, torrent);
  const second = here.connect(good.address);
  await sim.settle();
  await second;

  const abandoned = new AbortController();
  const first = here.fetchPiece(index, listener.address, abandoned.signal);
  await rogue.next("request");
  const refused = assertRejects(() => first, PieceUnavailableError, "ordered anew");
  const anew = here.fetchPiece(index, good.address, NEVER);
  await refused;
  abandoned.abort();
  await sim.until(() => here.store.held.has(index), 2_000);
  await anew;
  assertEquals(rogue.owed(), []);
});

Deno.test("A torrent that only serves refuses to fetch a piece at once", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent();
  const other = sim.node("other");
  other.add(await sim.partialStore(torrent, [1]));
  const store = await sim.partialStore(torrent, [0]);
  const here = sim.node("here").add(store, { intent: "serve" });
  const connecting = here.connect(other.address);
  await sim.settle();
  await connecting;
  const index = torrent.info.layout.pieceIndex(1);
  await assertRejects(
    () => here.fetchPiece(index, other.address, NEVER),
    PieceUnavailableError,
    "nothing is fetched here",
  );
});

Deno.test("A piece is held although its peer goes while it is being checked", async () => {
  await using sim = new Simulation(6);
  const torrent = await createTorrent();
  const index = torrent.info.layout.pieceIndex(1);
  using listener = sim.listen("hasty");
  const store = sim.store(torrent.info);
  const put = store.put.bind(store);
  const gone = Promise.withResolvers<void>();
  store.put = async (index, data) => {
    await gone.promise;
    return await put(index, data);
  };
  const here = sim.node("here").add(store, { intent: "order" });
  const rogue = await RoguePeer.meet(here, listener, torrent);
  void rogue.serve(torrent);
  const order = here.fetchPiece(index, listener.address, NEVER);
  for (let at = 0; at < 4; at++) await rogue.next("request");
  await sim.advance(100);
  rogue.close();
  await sim.advance(100);
  assertEquals(here.links.length, 0);
  gone.resolve();
  await order;
  assert(store.held.has(index));
});

Deno.test("A peer that is connected is found under its name and its address, and stays", async () => {
  const torrent = await createTorrent();
  await using seeder = new PeerNode({ host: "127.0.0.1" });
  seeder.add(openMemoryStore(torrent.info, torrent.data), { intent: "serve" });
  await using node = new PeerNode({ host: "127.0.0.1" });
  const here = node.add(openMemoryStore(torrent.info), { intent: "order" });
  const { port } = seeder.address;
  const byAddress = await here.connect({ host: "127.0.0.1", port });
  assertEquals(await here.connect({ host: "localhost", port }), byAddress, "dialled once more");
  assertEquals(await here.connect({ host: "localhost", port }), byAddress, "known by now");
  assertEquals(here.links.length, 1);
  await here.disconnect({ host: "localhost", port });
  assertEquals(here.links.length, 0);
  const byName = await here.connect({ host: "localhost", port });
  assertEquals(await here.connect({ host: "127.0.0.1", port }), byName);
});

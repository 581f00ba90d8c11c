import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { PeerAddress } from "../../lib/net/mod.ts";
import type { Discovery, SwarmMember, Torrent, TorrentEvent } from "../../lib/peer/mod.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, Simulation } from "./simulation.ts";

/** A discovery that tells what the test says, and keeps what it is told. */
class ScriptedDiscovery implements Discovery {
  readonly members: SwarmMember[] = [];
  readonly held: number[] = [];
  readonly announced = Promise.withResolvers<void>();
  left = 0;
  #controller: ReadableStreamDefaultController<PeerAddress[]> | undefined;

  join(member: SwarmMember): ReturnType<Discovery["join"]> {
    this.members.push(member);
    const peers = new ReadableStream<PeerAddress[]>({
      start: (controller) => void (this.#controller = controller),
    });
    return {
      peers,
      announced: this.announced.promise,
      pieceHeld: (index) => void this.held.push(index),
      [Symbol.dispose]: () => {
        this.left++;
        this.#controller?.close();
      },
    };
  }

  tell(...addresses: PeerAddress[]): void {
    this.#controller?.enqueue(addresses);
  }

  fail(): void {
    this.#controller?.error(new Error("The tracker is gone"));
    this.#controller = undefined;
  }
}

function recordEvents(torrent: Torrent): { events: TorrentEvent[]; ended: Promise<void> } {
  const events: TorrentEvent[] = [];
  const sink = new WritableStream<TorrentEvent>({ write: (event) => void events.push(event) });
  return { events, ended: torrent.watch().pipeTo(sink) };
}

Deno.test("A discovery is told of the torrent and each piece, tells of peers, and is left", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const discovery = new ScriptedDiscovery();
  const node = sim.node("leecher");
  node.discoverBy(discovery);
  const leecher = node.add(sim.store(torrent.info));
  await sim.advance(3_000);
  assertEquals(leecher.status.knownPeers, 0);
  discovery.tell(seeder.address);
  await sim.until(() => leecher.store.held.isFull, 1_000);
  assertEquals(discovery.held.toSorted(), [0, 1, 2, 3, 4, 5, 6, 7]);
  const [member] = discovery.members;
  assertEquals(member?.info.infoHash, torrent.info.infoHash);
  assertEquals([member?.downloaded(), member?.uploaded()], [torrent.data.length, 0]);
  assert(member?.held.isFull);
  assertEquals(discovery.left, 0);
  await node.close();
  assertEquals(discovery.left, 1);
});

Deno.test("A discovery that fails hurts nobody: peers of another one are used", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const [bad, good] = [new ScriptedDiscovery(), new ScriptedDiscovery()];
  const node = sim.node("leecher");
  for (const discovery of [bad, good]) node.discoverBy(discovery);
  const leecher = node.add(sim.store(torrent.info));
  bad.fail();
  await sim.advance(1_000);
  good.tell(seeder.address);
  await sim.until(() => leecher.store.held.isFull, 1_000);
  await assertWhole(leecher, torrent);
});

Deno.test("A torrent's events tell of connections, each piece and its senders, and the end", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const leecher = sim.leech("leecher", torrent);
  const { events, ended } = recordEvents(leecher);
  leecher.addPeers([seeder.address]);
  await sim.until(() => leecher.store.held.isFull, 1_000);
  await sim.settle();
  const peer = seeder.address;
  assertEquals(events.slice(0, 2), [
    { type: "greeted", peer, link: 1, direction: "outgoing" },
    { type: "connected", peer, link: 1, held: 8 },
  ]);
  const held = events.filter((event) => event.type === "held");
  assertEquals(new Set(held.map(({ index }) => index as number)).size, 8);
  for (const { from } of held) assertEquals(from, [peer]);
  assertEquals(events.filter(({ type }) => type === "complete"), [
    { type: "complete", path: "memory:data.bin" },
  ]);
  assertEquals(events.at(-1)?.type, "disconnected");
  await sim.nodes[1]!.close();
  await ended;
});

Deno.test("A torrent whose last pieces are written at the same moment is finished once", async () => {
  await using sim = new Simulation(13);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const store = sim.store(torrent.info);
  const [put, finish] = [store.put.bind(store), store.finish.bind(store)];
  const all = Promise.withResolvers<void>();
  let finished = 0;
  store.put = async (index, data) => {
    const outcome = await put(index, data);
    if (store.held.isFull) all.resolve();
    await all.promise;
    return outcome;
  };
  store.finish = () => {
    finished++;
    return finish();
  };
  const leecher = sim.node("leecher").add(store);
  const { events } = recordEvents(leecher);
  leecher.addPeers([seeder.address]);
  await leecher.completed;
  await sim.advance(1_000);
  assertEquals([finished, events.filter(({ type }) => type === "complete").length], [1, 1]);
  assertEquals(events.filter(({ type }) => type === "held").length, 8);
});

Deno.test("Who watches a torrent that was closed sees the end at once", async () => {
  await using sim = new Simulation(14);
  const leecher = sim.leech("leecher", await createTorrent());
  await sim.nodes[0]!.close();
  assertEquals(await Array.fromAsync(leecher.watch()), []);
});

Deno.test("A watcher that does not look does not hold up the others", async () => {
  await using sim = new Simulation(4);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const leecher = sim.leech("leecher", torrent);
  const idle = leecher.watch();
  const { events } = recordEvents(leecher);
  leecher.addPeers([seeder.address]);
  await sim.until(() => events.some(({ type }) => type === "complete"), 1_000);
  await idle.cancel();
});

Deno.test("A node closed in the middle leaves nothing behind, and says that it is not complete", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 100_000 });
  const leecher = sim.leech("leecher", torrent, { peers: [seeder.address] });
  await sim.until(() => leecher.store.held.count >= 2);
  const node = sim.nodes[1]!;
  await node.close();
  await assertRejects(() => leecher.completed, Error, "Cannot complete data.bin: it was closed");
  await sim.until(() => seeder.torrents.get(torrent.info.infoHash)?.links.length === 0, 1_000);
  await sim.network.host("late").dial(node.address).then(
    () => assert(false, "nobody listens any more"),
    (error) => assert(error instanceof Deno.errors.ConnectionRefused),
  );
});

Deno.test("Both sides closed at the same moment leave nothing behind", async () => {
  for (const ms of [0, 100, 1_000, 2_300]) {
    await using sim = new Simulation(6);
    const torrent = await createTorrent();
    const seeder = sim.seed("seeder", torrent, { maxUpRate: 100_000 });
    sim.leech("leecher", torrent, { peers: [seeder.address], node: { maxDownRate: 90_000 } });
    if (ms > 0) await sim.advance(ms);
    await Promise.all(sim.nodes.map((node) => node.close()));
  }
});

Deno.test("A node can be closed while it dials somebody who does not answer, and twice", async () => {
  await using sim = new Simulation(7);
  const torrent = await createTorrent();
  using listener = sim.listen("silent");
  sim.leech("leecher", torrent, { peers: [listener.address, { host: "nobody", port: 9 }] });
  await listener.accept();
  const node = sim.nodes[0]!;
  await Promise.all([node.close(), node.close()]);
  await node.close();
});

Deno.test("A node can be closed while a peer does not read what it sends", async () => {
  await using sim = new Simulation(8);
  const torrent = await createTorrent({ length: 4 * 1024 * 1024, pieceLength: 1024 * 1024 });
  const { infoHash } = torrent.info;
  const node = sim.seed("node", torrent);
  const rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, {
    infoHash,
    reading: "never",
  });
  rogue.send({ type: "interested" });
  for (let block = 0; block < 64; block++) {
    rogue.send({ type: "request", index: 0, begin: block * 16_384, length: 16_384 });
  }
  await sim.advance(1_000);
  await node.close();
});

Deno.test("A torrent that is removed is gone, and the others of the node go on", async () => {
  await using sim = new Simulation(9);
  const [kept, gone] = await Promise.all(["kept", "gone"].map((name) => createTorrent({ name })));
  assert(kept !== undefined && gone !== undefined);
  const seeder = sim.node("seeder", { maxUpRate: 100_000 });
  for (const { info, data } of [kept, gone]) seeder.add(sim.store(info, data));
  const leecher = sim.node("leecher");
  const peers = [seeder.address];
  const [keeping] = [kept, gone].map(({ info }) => leecher.add(sim.store(info), { peers }));
  await sim.advance(1_500);
  await leecher.remove(gone.info.infoHash);
  assertEquals([...leecher.torrents.keys()], [kept.info.infoHash]);
  await leecher.remove(gone.info.infoHash);
  await sim.until(() => keeping!.store.held.isFull);
  await assertWhole(keeping!, kept);
  const again = leecher.add(sim.store(gone.info), { peers });
  await sim.until(() => again.store.held.isFull);
});

Deno.test("A torrent cannot be opened twice in one node", async () => {
  await using sim = new Simulation(10);
  const torrent = await createTorrent();
  const node = sim.seed("node", torrent);
  assertThrows(
    () => node.add(sim.store(torrent.info)),
    Error,
    "Cannot open data.bin: it is open already",
  );
});

Deno.test("A store that fails to write ends the download with its error, and serving goes on", async () => {
  await using sim = new Simulation(11);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const store = await sim.partialStore(torrent, [0]);
  store.put = () => Promise.reject(new Error("The disk is full"));
  const leecher = sim.node("leecher").add(store, { peers: [seeder.address] });
  await assertRejects(() => leecher.completed, Error, "The disk is full");
  const { address } = sim.nodes[1]!;
  const { infoHash } = torrent.info;
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), address, { infoHash });
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  rogue.send({ type: "request", index: 0, begin: 0, length: 9 });
  await rogue.next("piece");
});

Deno.test("A store that cannot read for a while rejects what it is asked for, and serves again later", async () => {
  await using sim = new Simulation(12);
  const torrent = await createTorrent();
  const store = sim.store(torrent.info, torrent.data);
  const read = store.read.bind(store);
  let failing = true;
  store.read = (...options) => failing ? Promise.reject(new Error("It changed")) : read(...options);
  const node = sim.node("seeder");
  node.add(store);
  const leecher = sim.leech("leecher", torrent, { peers: [node.address] });
  await sim.advance(2_000);
  assertEquals(leecher.store.held.count, 0);
  failing = false;
  assertEquals(leecher.links.length, 1);
  await sim.until(() => leecher.store.held.isFull, 40_000);
  await assertWhole(leecher, torrent);
});

import { assert, assertEquals } from "@std/assert";
import { infoHashFromHex, peerIdFromHex } from "../../lib/bytes/mod.ts";
import {
  formatAddress,
  type Listener,
  type PeerAddress,
  type Transport,
} from "../../lib/net/mod.ts";
import {
  encodeHandshake,
  HURRIED_CONNECTIONS,
  MAX_CONNECTIONS,
  MAX_CONNECTIONS_PER_ADDRESS,
  MAX_HALF_OPEN,
  MAX_SOURCES,
  type PeerNode,
} from "../../lib/peer/mod.ts";
import { ARIA2_ENCRYPTED_START } from "../vectors/wire_aria2.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, type SimulatedTorrent, Simulation } from "./simulation.ts";
import { bytesOfHex } from "./wire/wire_bytes.ts";

const LOW_ID = peerIdFromHex("0".repeat(40));
const HIGH_ID = peerIdFromHex("f".repeat(40));
const OTHER_HASH = infoHashFromHex("1".repeat(40));

function dialsTo(sim: Simulation, address: PeerAddress): number {
  return sim.dials.get(formatAddress(address)) ?? 0;
}

/** Both ends of each connection of a node, as texts. */
function connectionsOf(node: PeerNode): string[] {
  return [...node.torrents.values()].flatMap(({ links }) =>
    links.map(({ session }) => `${session.peerId} ${session.direction}`)
  );
}

/** Connects, sends some bytes, and tells how much came back before the end, which must come. */
async function sendAsStranger(
  sim: Simulation,
  address: PeerAddress,
  bytes: Uint8Array,
): Promise<number> {
  using connection = await sim.network.host("stranger").dial(address);
  const writer = connection.writable.getWriter();
  writer.write(bytes).catch(() => undefined);
  let count = 0;
  for await (const chunk of connection.readable) count += chunk.length;
  return count;
}

Deno.test("Who asks for an unknown torrent is cut off at once and is told nothing (BEP 3)", async () => {
  await using sim = new Simulation(1);
  const node = sim.seed("node", await createTorrent());
  const hello = { infoHash: OTHER_HASH, peerId: LOW_ID, extensions: new Set<never>() };
  assertEquals(await sendAsStranger(sim, node.address, encodeHandshake(hello)), 0);
  assertEquals(sim.clock.now(), 0);
});

Deno.test("Who speaks another protocol, or encrypts, is cut off at once and is told nothing", async () => {
  await using sim = new Simulation(2);
  const node = sim.seed("node", await createTorrent());
  for (const bytes of [bytesOfHex(ARIA2_ENCRYPTED_START), new Uint8Array(100).fill(0x41)]) {
    assertEquals(await sendAsStranger(sim, node.address, bytes), 0);
  }
  assertEquals(sim.clock.now(), 0);
});

Deno.test("A node that dials a peer of another torrent lets it go (BEP 3)", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent();
  using listener = sim.listen("other");
  const leecher = sim.leech("leecher", torrent, { peers: [listener.address] });
  const rogue = await RoguePeer.accept(listener, { infoHash: OTHER_HASH });
  await rogue.closed;
  assertEquals([rogue.log, leecher.links.length], [[], 0]);
});

Deno.test("A node does not dial its own address, and another that turns out to be its own only once", async () => {
  await using sim = new Simulation(4);
  const torrent = await createTorrent();
  const network = sim.network.host("leecher");
  const dials: string[] = [];
  const transport: Transport = {
    listen: (address) => network.listen(address),
    dial: ({ host, port }, options) => {
      dials.push(host);
      return network.dial({ host: host === "203.0.113.4" ? "leecher" : host, port }, options);
    },
  };
  const leecher = sim.leech("leecher", torrent, { node: { transport } });
  const { address } = sim.nodes[0]!;
  const told = [address, { ...address, host: "203.0.113.4" }];
  leecher.addPeers(told);
  for (let minute = 0; minute < 5; minute++) {
    await sim.advance(60_000);
    leecher.addPeers(told);
  }
  assertEquals([leecher.links.length, dials], [0, ["203.0.113.4"]]);
});

for (
  const [names, ids] of [["the lower id", [LOW_ID, HIGH_ID]], ["the higher id", [
    HIGH_ID,
    LOW_ID,
  ]]] as const
) {
  Deno.test(`Of two connections between two peers one stays, ${names} first`, async () => {
    await using sim = new Simulation(5);
    const torrent = await createTorrent();
    const [firstId, secondId] = ids;
    const store = await sim.partialStore(torrent, [0, 1, 2]);
    const first = sim.node("first", { peerId: firstId });
    const second = sim.node("second", { peerId: secondId });
    const here = first.add(store);
    const there = second.add(await sim.partialStore(torrent, [3]));
    here.addPeers([second.address]);
    there.addPeers([first.address]);
    await sim.advance(10_000);
    const outgoing = firstId === LOW_ID ? "outgoing" : "incoming";
    const incoming = firstId === LOW_ID ? "incoming" : "outgoing";
    assertEquals(connectionsOf(first), [`${secondId} ${outgoing}`]);
    assertEquals(connectionsOf(second), [`${firstId} ${incoming}`]);
    await sim.advance(590_000);
    assertEquals(connectionsOf(first), [`${secondId} ${outgoing}`]);
    const dials = dialsTo(sim, first.address) + dialsTo(sim, second.address);
    assert(dials < 25, `${dials} dials in ten minutes`);
  });
}

for (const peerId of [LOW_ID, HIGH_ID]) {
  Deno.test(`Of two connections that ${peerId.slice(0, 4)} dials the first one stays`, async () => {
    await using sim = new Simulation(13);
    const torrent = await createTorrent();
    const { infoHash } = torrent.info;
    const node = sim.seed("node", torrent);
    const host = sim.network.host("twice");
    using first = await RoguePeer.dial(host, node.address, { infoHash, peerId });
    await sim.settle();
    const second = await RoguePeer.dial(host, node.address, { infoHash, peerId });
    await second.closed;
    await sim.settle();
    assertEquals([first.state, second.log], ["open", []]);
    assertEquals(connectionsOf(node), [`${peerId} incoming`]);
  });
}

Deno.test("One that was dialled in vain, because it is connected, is dialled again when it went", async () => {
  await using sim = new Simulation(14);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  using listener = sim.listen("peer");
  const host = sim.network.host("peer");
  const { address } = sim.nodes[0]!;
  const first = await RoguePeer.dial(host, address, { infoHash, peerId: LOW_ID });
  leecher.addPeers([listener.address]);
  const vain = await RoguePeer.accept(listener, { infoHash, peerId: LOW_ID });
  await vain.closed;
  first.close();
  const again = RoguePeer.accept(listener, { infoHash, peerId: LOW_ID });
  await sim.until(() => dialsTo(sim, listener.address) === 2, 5_000);
  using peer = await again;
  peer.offer(torrent);
  await peer.next("request");
});

Deno.test("Three nodes that all know each other hold three connections, and leave it at that", async () => {
  await using sim = new Simulation(6);
  const torrent = await createTorrent();
  const nodes = ["a", "b", "c"].map((host) => sim.node(host));
  const peers = nodes.map(({ address }) => address);
  const stores = await Promise.all([0, 1, 2].map((piece) => sim.partialStore(torrent, [piece])));
  const torrents = nodes.map((node, at) => node.add(stores[at]!, { peers }));
  await sim.until(() => torrents.every(({ store }) => store.held.count === 3), 10_000);
  await sim.advance(30_000);
  assertEquals(torrents.map(({ links }) => links.length), [2, 2, 2]);
  const before = [...sim.dials.values()].reduce((sum, count) => sum + count, 0);
  await sim.advance(600_000);
  const after = [...sim.dials.values()].reduce((sum, count) => sum + count, 0);
  assert(after - before < 3 * 15, `${after - before} dials in ten minutes`);
});

Deno.test("Two that have everything do not stay connected, and seldom try", async () => {
  await using sim = new Simulation(7);
  const torrent = await createTorrent();
  const first = sim.seed("first", torrent);
  const second = sim.node("second");
  const seeding = second.add(sim.store(torrent.info, torrent.data), { peers: [first.address] });
  await sim.advance(5_000);
  assertEquals(seeding.links.length, 0);
  await sim.advance(600_000);
  const dials = dialsTo(sim, first.address);
  assert(dials >= 1 && dials < 20, `${dials} dials in ten minutes`);
});

Deno.test("A leecher that becomes whole lets its seeders go and keeps its leechers", async () => {
  await using sim = new Simulation(8);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 100_000 });
  const leecher = sim.leech("leecher", torrent, { peers: [seeder.address] });
  const { address } = sim.nodes[1]!;
  using hungry = await RoguePeer.dial(sim.network.host("hungry"), address, { infoHash });
  hungry.send({ type: "interested" });
  await sim.until(() => leecher.store.held.isFull);
  await sim.settle();
  assertEquals(leecher.links.map(({ session }) => session.peerId), [hungry.identity.peerId]);
  assertEquals(new Set(hungry.all("have").map(({ index }) => index)).size, 8);
  hungry.send({ type: "request", index: 7, begin: 0, length: 1_000 });
  await hungry.next("piece");
});

Deno.test("A torrent that is opened to serve asks nobody for anything", async () => {
  await using sim = new Simulation(9);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  using listener = sim.listen("rogue");
  const store = await sim.partialStore(torrent, [1, 5]);
  const serving = sim.node("node").add(store, { intent: "serve", peers: [listener.address] });
  using rogue = await RoguePeer.accept(listener, { infoHash });
  rogue.offer(torrent, [0, 2, 3, 4, 6, 7]);
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  rogue.send({ type: "request", index: 5, begin: 16_384, length: 16_384 });
  await rogue.next("piece");
  await sim.advance(60_000);
  assertEquals([rogue.all("interested"), rogue.all("request")], [[], []]);
  assertEquals([serving.store.held.count, rogue.state], [2, "open"]);
});

Deno.test("A node takes 200 connections in all", async () => {
  await using sim = new Simulation(10);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const node = sim.seed("node", torrent);
  const rogues: RoguePeer[] = [];
  for (let at = 0; at < MAX_CONNECTIONS; at++) {
    const host = sim.network.host(`host${at}`);
    rogues.push(await RoguePeer.dial(host, node.address, { infoHash }));
  }
  const late = await RoguePeer.dial(sim.network.host("too late"), node.address, { infoHash });
  await late.closed;
  assertEquals(late.log, []);
  rogues.pop()?.close();
  await sim.settle();
  rogues.push(await RoguePeer.dial(sim.network.host("late"), node.address, { infoHash }));
  assertEquals(rogues.filter(({ state }) => state === "open").length, MAX_CONNECTIONS);
  for (const rogue of rogues) rogue.close();
});

Deno.test("A node takes 10 connections of one address", async () => {
  await using sim = new Simulation(11);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const node = sim.seed("node", torrent);
  const host = sim.network.host("stranger");
  const rogues = await Promise.all(
    Array.from(
      { length: MAX_CONNECTIONS_PER_ADDRESS },
      () => RoguePeer.dial(host, node.address, { infoHash }),
    ),
  );
  assertEquals(await sendAsStranger(sim, node.address, new Uint8Array(0)), 0);
  assert(rogues.every(({ state }) => state === "open"));
  for (const rogue of rogues) rogue.close();
});

Deno.test("A leecher finds its way through a hundred addresses where nobody is", async () => {
  await using sim = new Simulation(12);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const nobody = Array.from({ length: 100 }, (_, at) => ({ host: `nobody${at}`, port: 1 }));
  const leecher = sim.leech("leecher", torrent, { peers: [...nobody, seeder.address] });
  await sim.until(() => leecher.store.held.isFull, 10_000);
  await assertWhole(leecher, torrent);
  assertEquals(leecher.status.knownPeers, 101);
});

Deno.test("A private torrent that changes its tracker leaves all peers and forgets them (BEP 27)", async () => {
  await using sim = new Simulation(14);
  const torrent = await createTorrent();
  const other = sim.node("other");
  other.add(await sim.partialStore(torrent, [1]));
  const leecher = sim.leech("leecher", torrent, { peers: [other.address] });
  await sim.until(() => leecher.links.length === 1 && leecher.store.held.has(1), 5_000);
  leecher.forgetPeers();
  await sim.settle();
  assertEquals([leecher.links.length, leecher.status.knownPeers], [0, 0]);
  const dials = dialsTo(sim, other.address);
  await sim.advance(5_000);
  assertEquals(dialsTo(sim, other.address), dials);
});

/** Starts so many nodes with nothing of a torrent, and gives their addresses. */
function crowdOf(sim: Simulation, torrent: SimulatedTorrent, count: number): PeerAddress[] {
  const before = sim.nodes.length;
  for (let at = 0; at < count; at++) sim.leech(`other${before + at}`, torrent);
  return sim.nodes.slice(before).map(({ address }) => address);
}

/** Addresses at which nobody listens. */
function closedOf(count: number): PeerAddress[] {
  return Array.from({ length: count }, (_, at) => ({ host: `closed${at}`, port: 6881 }));
}

/** How many of some addresses were dialled. */
function triedOf(sim: Simulation, addresses: readonly PeerAddress[]): number {
  return addresses.filter((address) => dialsTo(sim, address) > 0).length;
}

Deno.test("50 who answer make room for one more connection at once, and no more than 50", async () => {
  for (const count of [HURRIED_CONNECTIONS, HURRIED_CONNECTIONS + 30]) {
    await using sim = new Simulation(20);
    const torrent = await createTorrent();
    const leecher = sim.leech("leecher", torrent);
    leecher.addPeers(crowdOf(sim, torrent, count));
    await sim.settle();
    const most = HURRIED_CONNECTIONS + MAX_HALF_OPEN;
    assertEquals([leecher.links.length, sim.clock.now()], [Math.min(count, most), 0]);
    await sim.advance(1_000);
    assertEquals(leecher.links.length, count);
  }
});

Deno.test("Addresses where nobody answers are dialled 20 a second, and one for each that answers", async () => {
  await using sim = new Simulation(21);
  const torrent = await createTorrent();
  const leecher = sim.leech("leecher", torrent);
  const closed = closedOf(200);
  const open = crowdOf(sim, torrent, 10);
  leecher.addPeers(closed.flatMap((address, at) => [address, ...open.slice(at, at + 1)]));
  await sim.settle();
  const tried = triedOf(sim, [...closed, ...open]);
  assertEquals([leecher.links.length, tried, sim.clock.now()], [10, MAX_HALF_OPEN + 10, 0]);
  await sim.advance(1_000);
  assertEquals(triedOf(sim, closed), 2 * MAX_HALF_OPEN);
});

Deno.test("A torrent that knows many peers leaves room for the others of its node", async () => {
  await using sim = new Simulation(22);
  const [torrent, other] = [await createTorrent(), await createTorrent({ name: "other.bin" })];
  const node = sim.node("node");
  const [many, few] = [torrent, other].map(({ info }) => node.add(sim.store(info)));
  const [crowd, handful] = [crowdOf(sim, torrent, 230), crowdOf(sim, other, 10)];
  many!.addPeers(crowd);
  few!.addPeers(handful);
  await sim.advance(2_000);
  assertEquals(few!.links.length, 10);
  await sim.advance(10_000);
  assertEquals(many!.links.length, MAX_CONNECTIONS - 10);
});

Deno.test("A torrent whose peers answer and close leaves room for the others of its node", async () => {
  await using sim = new Simulation(23);
  const [torrent, other] = [await createTorrent(), await createTorrent({ name: "other.bin" })];
  const node = sim.node("node");
  const [many, few] = [torrent, other].map(({ info }) => node.add(sim.store(info)));
  const listeners = Array.from({ length: 400 }, (_, at) => sim.listen(`fickle${at}`));
  for (const listener of listeners) void answerAndClose(listener, torrent);
  const fickle = listeners.map(({ address }) => address);
  many!.addPeers(fickle);
  await sim.settle();
  assertEquals(triedOf(sim, fickle), MAX_HALF_OPEN + HURRIED_CONNECTIONS);
  few!.addPeers(crowdOf(sim, other, 10));
  await sim.advance(10_000);
  assertEquals(few!.links.length, 10);
  for (const listener of listeners) listener.close();
});

Deno.test("A torrent whose peers are silent leaves half of the places to the next one", async () => {
  await using sim = new Simulation(25);
  const [torrent, other] = [await createTorrent(), await createTorrent({ name: "other.bin" })];
  const node = sim.node("node");
  const [hopeless, hopeful] = [torrent, other].map(({ info }) => node.add(sim.store(info)));
  const listeners = Array.from({ length: 300 }, (_, at) => sim.listen(`silent${at}`));
  const [silent, others] = [listeners.slice(0, 200), listeners.slice(200)].map((some) =>
    some.map(({ address }) => address)
  );
  hopeless!.addPeers(silent!);
  await sim.settle();
  assertEquals(triedOf(sim, silent!), MAX_HALF_OPEN);
  hopeful!.addPeers([...others!.slice(0, 10), ...crowdOf(sim, other, 10)]);
  await sim.settle();
  assertEquals(triedOf(sim, others!), 0, "there is no place yet");
  // Each is given up after 10 s.
  await sim.advance(11_000);
  assertEquals([triedOf(sim, silent!), triedOf(sim, others!)], [30, 10]);
  await sim.advance(11_000);
  assertEquals(hopeful!.links.length, 10);
  for (const listener of listeners) listener.close();
});

Deno.test("A search that has all the peers that it may have takes no places from torrents", async () => {
  await using sim = new Simulation(26);
  const [torrent, sought] = [await createTorrent(), await createTorrent({ name: "sought.bin" })];
  const node = sim.node("node");
  const listeners = Array.from({ length: 60 }, (_, at) => sim.listen(`silent${at}`));
  const useless = listeners.slice(0, MAX_SOURCES).map(async (listener) => {
    return await RoguePeer.accept(listener, { infoHash: sought.info.infoHash });
  });
  const addresses = listeners.map(({ address }) => address);
  const search = node.seek(sought.info.infoHash, addresses.slice(0, MAX_SOURCES));
  search.info.catch(() => undefined);
  const greeted = await Promise.all(useless);
  await sim.settle();
  assertEquals(search.contacts, MAX_SOURCES);
  search.addPeers(addresses.slice(MAX_SOURCES, 30));
  await sim.advance(3_000);
  node.add(sim.store(torrent.info)).addPeers(addresses.slice(30));
  await sim.settle();
  assertEquals(triedOf(sim, addresses.slice(30)), MAX_HALF_OPEN);
  for (const peer of greeted) peer.close();
  for (const listener of listeners) listener.close();
});

Deno.test("A node that has nearly all connections dials no more than it has room for", async () => {
  await using sim = new Simulation(27);
  const torrent = await createTorrent();
  const leecher = sim.leech("leecher", torrent);
  leecher.addPeers(crowdOf(sim, torrent, MAX_CONNECTIONS - 5));
  await sim.advance(15_000);
  assertEquals(leecher.links.length, MAX_CONNECTIONS - 5);
  const silent = Array.from({ length: 30 }, (_, at) => sim.listen(`silent${at}`));
  leecher.addPeers(silent.map(({ address }) => address));
  await sim.settle();
  assertEquals(triedOf(sim, silent.map(({ address }) => address)), 5);
  for (const listener of silent) listener.close();
});

Deno.test("What a peer tells of others is not dialled before the next second", async () => {
  await using sim = new Simulation(24);
  const torrent = await createTorrent();
  const leecher = sim.leech("leecher", torrent);
  const closed = closedOf(100);
  for (const address of closed) leecher.addPeers([address], "hearsay");
  await sim.settle();
  assertEquals(triedOf(sim, closed), 0);
  await sim.advance(1_000);
  assertEquals(triedOf(sim, closed), MAX_HALF_OPEN);
});

/** Takes connections as a peer that closes them as soon as it has answered. */
async function answerAndClose(
  listener: Listener,
  { info: { infoHash } }: SimulatedTorrent,
): Promise<void> {
  try {
    while (true) {
      (await RoguePeer.accept(listener, { infoHash })).close();
    }
  } catch {
    // The listener was closed.
  }
}

import { assert, assertEquals } from "@std/assert";
import { decode } from "../../lib/bencode/mod.ts";
import { createInfo } from "../../lib/metainfo/mod.ts";
import { formatAddress, type PeerAddress } from "../../lib/net/mod.ts";
import {
  decodePeerExchange,
  encodePeerExchange,
  type ExchangedPeer,
  EXTENSION_ID,
  type PeerExchangeMessage,
} from "../../lib/peer/wire/mod.ts";
import { createFortyPieces, dial, FAST_AND_EXTENDED, U } from "./fast_rogue.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, type SimulatedTorrent, Simulation } from "./simulation.ts";

/** The id under which the rogues of these tests take ut_pex. */
const OURS = 55;

/** A torrent of 40 pieces that is private. */
async function createPrivate(): Promise<SimulatedTorrent> {
  const { info, data } = await createFortyPieces();
  const { name, shape, pieceLength, pieceHashes } = info;
  const files = [{ path: [], length: data.length }];
  const fields = { name, shape, pieceLength, pieceHashes, files };
  return { info: await createInfo({ ...fields, privacy: "private" }), data };
}

/** Has a rogue take ut_pex, and say where it listens if it does. */
function takeExchange(rogue: RoguePeer, port?: number): void {
  const extensions = new Map([["ut_pex", OURS]]);
  rogue.extend({ extensions, ...(port !== undefined && { port }) });
}

function tell(rogue: RoguePeer, ...added: readonly (readonly [string, number])[]): void {
  const peers = added.map(([host, port]): ExchangedPeer => ({ host, port, traits: new Set() }));
  const payload = encodePeerExchange({ added: peers, dropped: [] });
  rogue.send({ type: "extended", id: EXTENSION_ID.ut_pex, payload });
}

/** What a rogue was told of others; all of it under the id that it gave. */
function told(rogue: RoguePeer): PeerExchangeMessage[] {
  return rogue.all("extended").filter(({ id }) => id !== 0).map(({ id, payload }) => {
    assertEquals(id, OURS);
    return decodePeerExchange(payload);
  });
}

function namesOf(peers: readonly PeerAddress[]): string[] {
  return peers.map(formatAddress).sort();
}

function dialled(sim: Simulation): string[] {
  return [...sim.dials.keys()].sort();
}

Deno.test("Leechers that know only the seeder find each other, and share (BEP 11)", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  const seeder = sim.seed("10.0.0.1", torrent, { maxUpRate: U });
  const leechers = [2, 3, 4].map((at) =>
    sim.leech(`10.0.0.${at}`, torrent, { peers: [seeder.address] })
  );
  await sim.until(() => leechers.every(({ links }) => links.length === 3), 70_000);
  await sim.until(() => leechers.every(({ store }) => store.held.isFull), 300_000);
  for (const leecher of leechers) await assertWhole(leecher, torrent);
  const uploaded = [...seeder.torrents.values()][0]!.status.uploaded;
  assert(uploaded < 2 * torrent.data.length, "most of it came from each other");
});

Deno.test("Leechers of a private torrent do not find each other (BEP 27)", async () => {
  await using sim = new Simulation(2);
  const torrent = await createPrivate();
  const seeder = sim.seed("10.0.0.1", torrent, { maxUpRate: U });
  const leechers = [2, 3].map((at) =>
    sim.leech(`10.0.0.${at}`, torrent, { peers: [seeder.address] })
  );
  await sim.advance(80_000);
  assertEquals(leechers.map(({ links }) => links.length), [1, 1]);
  assertEquals(dialled(sim), [formatAddress(seeder.address)]);
});

Deno.test("A private torrent does not offer ut_pex, and does not hear it (BEP 27)", async () => {
  await using sim = new Simulation(3);
  const torrent = await createPrivate();
  sim.leech("10.0.0.1", torrent);
  using rogue = await dial(sim, torrent, { host: "10.0.0.9", extensions: FAST_AND_EXTENDED });
  const { payload } = await rogue.next("extended");
  const hello = decode(payload);
  assert(hello instanceof Map);
  const ids = hello.get("m");
  assert(ids instanceof Map && !ids.has("ut_pex") && ids.has("ut_metadata"));
  tell(rogue, ["10.0.0.77", 6881]);
  await sim.advance(5_000);
  assertEquals([dialled(sim), rogue.state], [[], "open"]);
});

Deno.test("A peer is told of those who are connected, where they listen, and what they are (BEP 11)", async () => {
  await using sim = new Simulation(4);
  const torrent = await createFortyPieces();
  using listener = sim.listen("10.0.0.5");
  using nobody = sim.listen("10.0.0.6");
  const unreached = { host: "10.0.0.7", port: 1 };
  sim.leech("10.0.0.1", torrent, { peers: [listener.address, nobody.address, unreached] });
  const { infoHash } = torrent.info;
  using dialledPeer = await RoguePeer.accept(listener, { infoHash, extensions: FAST_AND_EXTENDED });
  dialledPeer.send({ type: "have-all" });
  using seeding = await dial(sim, torrent, { host: "10.0.0.8", extensions: FAST_AND_EXTENDED });
  seeding.extend({ port: 8_000, appetite: "nothing" });
  using leeching = await dial(sim, torrent, { host: "2001:db8::9", extensions: FAST_AND_EXTENDED });
  leeching.extend({ port: 9_000 });
  using hidden = await dial(sim, torrent, { host: "10.0.0.10" });
  hidden.send({ type: "have-none" });
  await sim.settle();
  using rogue = await dial(sim, torrent, { host: "10.0.0.11", extensions: FAST_AND_EXTENDED });
  takeExchange(rogue, 11_000);
  await sim.advance(2_000);
  const [first, ...others] = told(rogue);
  assert(first !== undefined);
  const traits = Object.fromEntries(
    first.added.map((peer) => [formatAddress(peer), [...peer.traits].sort().join()]),
  );
  assertEquals(traits, {
    [formatAddress(listener.address)]: "reachable,upload-only",
    "10.0.0.8:8000": "upload-only",
    "[2001:db8::9]:9000": "",
  });
  assertEquals([first.dropped, others], [[], []]);
});

Deno.test("A peer is told of whom came and went, once a minute, and not of itself (BEP 11)", async () => {
  await using sim = new Simulation(5);
  const torrent = await createFortyPieces();
  sim.leech("10.0.0.1", torrent);
  using rogue = await dial(sim, torrent, { host: "10.0.0.2", extensions: FAST_AND_EXTENDED });
  takeExchange(rogue, 2_000);
  await sim.advance(10_000);
  assertEquals(told(rogue), [], "there is nobody to tell of");
  const join = async (at: number): Promise<RoguePeer> => {
    const host = `10.0.1.${at}`;
    const peer = await dial(sim, torrent, { host, extensions: FAST_AND_EXTENDED });
    peer.extend({ port: 6_881 });
    await sim.settle();
    return peer;
  };
  const one = await join(1);
  await sim.advance(1_000);
  const two = await join(2);
  const three = await join(3);
  three.close();
  await sim.advance(50_000);
  one.close();
  assertEquals(told(rogue).length, 1);
  await sim.advance(30_000);
  two.send({ type: "keep-alive" });
  for (let minute = 0; minute < 4; minute++) {
    rogue.send({ type: "keep-alive" });
    await sim.advance(60_000);
    two.close();
  }
  const story = told(rogue).map(({ added, dropped }) => [namesOf(added), namesOf(dropped)]);
  assertEquals(story, [
    [["10.0.1.1:6881"], []],
    [["10.0.1.2:6881"], ["10.0.1.1:6881"]],
    [[], ["10.0.1.2:6881"]],
  ]);
});

Deno.test("A peer that does not take ut_pex, or not any more, is told of nobody (BEP 10)", async () => {
  await using sim = new Simulation(6);
  const torrent = await createFortyPieces();
  sim.leech("10.0.0.1", torrent);
  using deaf = await dial(sim, torrent, { host: "10.0.0.2", extensions: FAST_AND_EXTENDED });
  using rogue = await dial(sim, torrent, { host: "10.0.0.3", extensions: FAST_AND_EXTENDED });
  takeExchange(rogue, 3_000);
  deaf.extend({ port: 2_000 });
  await sim.advance(2_000);
  assertEquals([told(rogue).length, told(deaf).length], [1, 0]);
  rogue.extend({ extensions: new Map([["ut_pex", 0]]) });
  using late = await dial(sim, torrent, { host: "10.0.0.4", extensions: FAST_AND_EXTENDED });
  late.extend({ port: 4_000 });
  await sim.advance(100_000);
  assertEquals(told(rogue).length, 1);
});

Deno.test("Loopback, groups, nobody and port 0 are not dialled at a stranger's word (BEP 11)", async () => {
  await using sim = new Simulation(7);
  const torrent = await createFortyPieces();
  sim.leech("10.0.0.1", torrent);
  using rogue = await dial(sim, torrent, { host: "10.0.0.2", extensions: FAST_AND_EXTENDED });
  const bad = ["127.0.0.1", "127.8.8.8", "::1", "224.0.0.1", "255.255.255.255", "0.0.0.0"];
  const hosts = [...bad, "240.0.0.1", "ff02::1", "::"];
  tell(rogue, ...hosts.map((host) => [host, 6_881] as const), ["10.0.0.66", 0], ["10.0.0.77", 1]);
  await sim.advance(10_000);
  assertEquals(dialled(sim), ["10.0.0.77:1"]);
  assertEquals(rogue.state, "open");
});

Deno.test("Of one machine one port is dialled, however many a stranger names (BEP 11)", async () => {
  await using sim = new Simulation(8);
  const torrent = await createFortyPieces();
  sim.leech("10.0.0.1", torrent);
  using rogue = await dial(sim, torrent, { host: "10.0.0.2", extensions: FAST_AND_EXTENDED });
  tell(rogue, ...Array.from({ length: 50 }, (_, at) => ["10.0.0.77", 1_000 + at] as const));
  await sim.advance(5_000);
  assertEquals(dialled(sim), ["10.0.0.77:1000"]);
});

Deno.test("A stranger that tells too often, or of too many, is not believed beyond the limits", async () => {
  await using sim = new Simulation(9);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("10.0.0.1", torrent);
  using rogue = await dial(sim, torrent, { host: "10.0.0.2", extensions: FAST_AND_EXTENDED });
  for (let turn = 0; turn < 20; turn++) {
    const named = Array.from({ length: 100 }, (_, at) => [`10.1.${turn}.${at}`, 1] as const);
    tell(rogue, ...named);
    await sim.advance(1_000);
  }
  assertEquals(leecher.status.knownPeers, 100, "the first message alone");
  await sim.advance(40_000);
  const flood = Array.from(
    { length: 10_000 },
    (_, at) => [`10.2.${at >> 8}.${at & 255}`, 1] as const,
  );
  tell(rogue, ...flood);
  await sim.advance(1_000);
  assertEquals(leecher.status.knownPeers, 150);
  assertEquals(rogue.state, "open");
});

Deno.test("A peer whose peer exchange is none is cut off; one that says nothing is borne with", async () => {
  await using sim = new Simulation(10);
  const torrent = await createFortyPieces();
  sim.leech("10.0.0.1", torrent);
  const say = async (text: string): Promise<RoguePeer> => {
    const rogue = await dial(sim, torrent, { host: "10.0.0.2", extensions: FAST_AND_EXTENDED });
    const payload = new TextEncoder().encode(text);
    rogue.send({ type: "extended", id: EXTENSION_ID.ut_pex, payload });
    return rogue;
  };
  for (const text of ["", "i1e", "d5:added", "le"]) await (await say(text)).closed;
  for (const text of ["de", "d5:added0:e", "d5:addedi7e7:dropped2:abe"]) {
    using rogue = await say(text);
    await sim.settle();
    assertEquals(rogue.state, "open", text);
  }
});

Deno.test("Who wants nothing does not dial those who want nothing either (BEP 11, 21)", async () => {
  await using sim = new Simulation(11);
  const torrent = await createFortyPieces();
  sim.seed("10.0.0.1", torrent);
  using rogue = await dial(sim, torrent, { host: "10.0.0.2", extensions: FAST_AND_EXTENDED });
  const added: ExchangedPeer[] = [
    { host: "10.0.0.3", port: 1, traits: new Set(["upload-only", "reachable"]) },
    { host: "10.0.0.4", port: 1, traits: new Set(["reachable"]) },
  ];
  const payload = encodePeerExchange({ added, dropped: [] });
  rogue.send({ type: "extended", id: EXTENSION_ID.ut_pex, payload });
  await sim.advance(3_000);
  assertEquals(dialled(sim), ["10.0.0.4:1"]);
});

Deno.test("Those who are connected already are not dialled again when they are told of", async () => {
  await using sim = new Simulation(12);
  const torrent = await createFortyPieces();
  using listener = sim.listen("10.0.0.5");
  const { infoHash } = torrent.info;
  const leecher = sim.leech("10.0.0.1", torrent, { peers: [listener.address] });
  using one = await RoguePeer.accept(listener, { infoHash, extensions: FAST_AND_EXTENDED });
  one.send({ type: "have-none" });
  using two = await dial(sim, torrent, { host: "10.0.0.6", extensions: FAST_AND_EXTENDED });
  two.extend({ port: 6_000 });
  using rogue = await dial(sim, torrent, { host: "10.0.0.7", extensions: FAST_AND_EXTENDED });
  await sim.settle();
  tell(rogue, ["10.0.0.5", listener.address.port], ["10.0.0.6", 6_000]);
  await sim.advance(5_000);
  assertEquals(dialled(sim), [formatAddress(listener.address)]);
  assertEquals([leecher.links.length, sim.dials.get(formatAddress(listener.address))], [3, 1]);
});

Deno.test("Peers on this machine are told of to those who are on it too, not to others", async () => {
  await using sim = new Simulation(13);
  const torrent = await createFortyPieces();
  sim.leech("10.0.0.1", torrent);
  using near = await dial(sim, torrent, { host: "127.0.0.1", extensions: FAST_AND_EXTENDED });
  takeExchange(near, 1_000);
  using alsoNear = await dial(sim, torrent, { host: "127.0.0.2", extensions: FAST_AND_EXTENDED });
  takeExchange(alsoNear, 2_000);
  using far = await dial(sim, torrent, { host: "10.0.0.3", extensions: FAST_AND_EXTENDED });
  takeExchange(far, 3_000);
  await sim.advance(70_000);
  const all = (rogue: RoguePeer): string[] => namesOf(told(rogue).flatMap(({ added }) => added));
  assertEquals(all(near), ["10.0.0.3:3000", "127.0.0.2:2000"]);
  assertEquals(all(alsoNear), ["10.0.0.3:3000", "127.0.0.1:1000"]);
  assertEquals(all(far), []);
});

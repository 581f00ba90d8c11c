import { assertEquals, assertRejects } from "@std/assert";
import { encodeFrame } from "../../lib/framing/mod.ts";
import { DeadlineError, FakeClock, MemoryNetwork } from "../../lib/net/mod.ts";
import {
  ASSEMBLY_BUDGET,
  CONNECT_TIMEOUT_MS,
  dialPeer,
  MAX_BAD_BYTES,
  MAX_BLOCK_LENGTH,
  MAX_CALLERS,
  MAX_HALF_OPEN,
  MAX_INCOMING_SOURCES,
  MAX_MESSAGE_LENGTH,
  MAX_OFFERED,
  MAX_SOURCES,
  MAX_SOURCES_PER_ADDRESS,
  MAX_WATCHED_EVENTS,
  MAX_WEB_SEEDS,
  OFFERED_BLOCK_LENGTH,
  type PeerNode,
  randomPeerId,
} from "../../lib/peer/mod.ts";
import { EventFeed } from "../../lib/peer/events.ts";
import { ActivePiece, BlockBlame, UNIT_LENGTH } from "../../lib/peer/policy/mod.ts";
import { FAST_AND_EXTENDED } from "../peer/fast_rogue.ts";
import { RoguePeer } from "../peer/rogue_peer.ts";
import { createTorrent, Simulation } from "../peer/simulation.ts";

const U = 16 * 1024;

Deno.test("A message of a MiB is borne with, one of a byte more is refused by its prefix alone", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent({ length: 4 * U });
  const node = sim.seed("node", torrent);
  const { infoHash } = torrent.info;
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, { infoHash });
  rogue.sendBytes(encodeFrame(new Uint8Array(MAX_MESSAGE_LENGTH).fill(99)));
  await sim.settle();
  assertEquals(rogue.state, "open");
  rogue.sendBytes(Uint8Array.of(0, 0x10, 0, 1));
  await sim.settle();
  assertEquals(rogue.state, "closed");
});

/** Asks for a block of a length; tells whether it was sent. */
async function askFor(length: number, agreed?: number): Promise<"sent" | "closed"> {
  await using sim = new Simulation(2);
  const torrent = await createTorrent({ length: 16 * U, pieceLength: 8 * U });
  const node = sim.seed("node", torrent);
  const { infoHash } = torrent.info;
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, {
    infoHash,
    extensions: new Set(["extension-protocol"]),
  });
  if (agreed !== undefined) rogue.extend({ blockLength: agreed });
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  rogue.send({ type: "request", index: 0, begin: 0, length });
  await sim.settle();
  if (rogue.state === "closed") return "closed";
  assertEquals((await rogue.next("piece")).block.length, length);
  return "sent";
}

Deno.test("A block has 16 KiB at most, and by agreement 64 KiB, whatever the other would take", async () => {
  assertEquals(await askFor(MAX_BLOCK_LENGTH), "sent");
  assertEquals(await askFor(MAX_BLOCK_LENGTH + 1), "closed");
  assertEquals(await askFor(OFFERED_BLOCK_LENGTH, 2 ** 31), "sent");
  assertEquals(await askFor(OFFERED_BLOCK_LENGTH + 1, 2 ** 31), "closed");
});

Deno.test("A node opens 20 connections at once, and one more when one of them has come to an end", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent({ length: 4 * U });
  const leecher = sim.leech("node", torrent);
  const silent = Array.from({ length: MAX_HALF_OPEN + 1 }, (_, at) => sim.listen(`silent${at}`));
  leecher.addPeers(silent.slice(0, -2).map(({ address }) => address));
  await sim.settle();
  assertEquals(sim.dials.size, MAX_HALF_OPEN - 1);
  leecher.addPeers(silent.map(({ address }) => address));
  await sim.settle();
  assertEquals(sim.dials.size, MAX_HALF_OPEN);
  const [first] = silent;
  (await first!.accept()).close();
  await sim.advance(1_100);
  const dials = [...sim.dials.values()].reduce((sum, count) => sum + count, 0);
  assertEquals(dials, MAX_HALF_OPEN + 1);
  for (const listener of silent) listener.close();
});

Deno.test("A peer that cannot be connected to is given up after 5 s, and not before", async () => {
  const clock = new FakeClock();
  const { info: { infoHash } } = await createTorrent({ length: U });
  let outcome = "waiting";
  const dialling = dialPeer({
    transport: { ...new MemoryNetwork().host("us"), dial: () => new Promise(() => undefined) },
    address: { host: "192.0.2.7", port: 1 },
    ours: { infoHash, peerId: randomPeerId(), extensions: new Set() },
    clock,
    signal: new AbortController().signal,
  }).finally(() => outcome = "over");
  const expected = assertRejects(() => dialling, DeadlineError, "no answer in 5 s");
  await clock.advance(CONNECT_TIMEOUT_MS - 1);
  assertEquals(outcome, "waiting");
  await clock.advance(1);
  await expected;
});

Deno.test("Pieces of 8 MiB together are begun at once, however many peers offer more", async () => {
  await using sim = new Simulation(4);
  const pieceLength = 1024 * 1024;
  const torrent = await createTorrent({ pieceLength, length: ASSEMBLY_BUDGET + pieceLength });
  const { infoHash } = torrent.info;
  sim.leech("leecher", torrent);
  const rogues: RoguePeer[] = [];
  for (let at = 0; at < 20; at++) {
    const host = sim.network.host(`rogue${at}`);
    const rogue = await RoguePeer.dial(host, sim.nodes[0]!.address, { infoHash });
    rogue.offer(torrent);
    rogues.push(rogue);
  }
  await sim.settle();
  const begun = new Set(rogues.flatMap((rogue) => rogue.owed()).map(({ index }) => index));
  for (const rogue of rogues) rogue.close();
  assertEquals(begun.size, ASSEMBLY_BUDGET / pieceLength);
});

Deno.test("Of the pieces that a peer offers while it chokes a hundred are believed (BEP 6)", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent({ pieceLength: U, length: (MAX_OFFERED + 2) * U });
  const leecher = sim.leech("leecher", torrent);
  const { infoHash } = torrent.info;
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), sim.nodes[0]!.address, {
    infoHash,
    extensions: new Set(["fast"]),
  });
  rogue.send({ type: "have-all" });
  for (let index = 0; index < MAX_OFFERED - 1; index++) rogue.send({ type: "allowed-fast", index });
  void rogue.serve(torrent);
  await sim.until(() => leecher.store.held.count === MAX_OFFERED - 1, 5_000);
  for (const index of [MAX_OFFERED - 1, MAX_OFFERED, MAX_OFFERED + 1]) {
    rogue.send({ type: "allowed-fast", index });
  }
  await sim.advance(5_000);
  assertEquals(leecher.store.held.count, MAX_OFFERED);
});

/** A torrent of which only this is known. */
const SOUGHT = (await createTorrent({ length: U })).info.infoHash;

/** Peers that dial one who looks for metadata, and stay as long as they are let. */
async function callers(
  sim: Simulation,
  node: PeerNode,
  hosts: readonly string[],
): Promise<RoguePeer[]> {
  const rogues: RoguePeer[] = [];
  for (const host of hosts) {
    const rogue = await RoguePeer.dial(sim.network.host(host), node.address, {
      infoHash: SOUGHT,
      extensions: FAST_AND_EXTENDED,
    });
    rogue.extend({ port: 6_881, extensions: new Map([["ut_metadata", 9]]), metadataSize: 50_000 });
    rogues.push(rogue);
  }
  await sim.settle();
  return rogues;
}

function openOf(rogues: readonly RoguePeer[]): number {
  return rogues.filter(({ state }) => state === "open").length;
}

Deno.test("A search takes 4 connections of others, 8 in all, and 2 of one machine", async () => {
  await using sim = new Simulation(6);
  const node = sim.node("node");
  const search = node.seek(SOUGHT);
  const hosts = Array.from({ length: MAX_INCOMING_SOURCES + 1 }, (_, at) => `10.0.0.${at}`);
  const near = await callers(sim, node, new Array(MAX_SOURCES_PER_ADDRESS + 1).fill("10.0.1.1"));
  assertEquals(openOf(near), MAX_SOURCES_PER_ADDRESS);
  for (const rogue of near) rogue.close();
  await sim.settle();
  const incoming = await callers(sim, node, hosts);
  assertEquals(openOf(incoming), MAX_INCOMING_SOURCES);
  for (let at = 0; at <= MAX_SOURCES; at++) {
    const listener = sim.listen(`10.0.2.${at}`);
    search.addPeers([listener.address]);
    RoguePeer.accept(listener, { infoHash: SOUGHT, extensions: FAST_AND_EXTENDED })
      .catch(() => undefined).finally(() => listener.close());
  }
  await sim.advance(1_100);
  assertEquals(search.contacts, MAX_SOURCES);
  assertEquals(openOf(incoming), MAX_INCOMING_SOURCES);
  await search.close();
});

Deno.test("A search remembers the addresses of 50 peers that dialled it, and of no more", async () => {
  await using sim = new Simulation(7);
  const node = sim.node("node");
  const search = node.seek(SOUGHT);
  for (let at = 0; at <= MAX_CALLERS; at++) {
    const [rogue] = await callers(sim, node, [`10.0.0.${at}`]);
    assertEquals(search.peers.length, Math.min(at + 1, MAX_CALLERS));
    rogue?.close();
    await sim.settle();
  }
  await search.close();
});

Deno.test("Of the web seeds of a torrent 16 are used (BEP 19)", async () => {
  const torrent = await createTorrent({ pieceLength: U, length: 64 * U });
  for (const count of [MAX_WEB_SEEDS, MAX_WEB_SEEDS + 1]) {
    await using sim = new Simulation(8);
    const asked = new Set<string>();
    const fetch = (url: string): Promise<Response> => {
      asked.add(url);
      return Promise.resolve(new Response(null, { status: 503 }));
    };
    const seeds = Array.from({ length: count }, (_, at) => `http://mirror${at}.example/data.bin`);
    sim.leech("leecher", torrent, { node: { fetch }, webSeeds: seeds });
    await sim.advance(10_000);
    assertEquals(asked.size, MAX_WEB_SEEDS, `of ${count}`);
  }
});

/** A piece of two senders, the first block of which has these bytes. */
function pieceOfTwo(index: number, length: number, fill: number): ActivePiece {
  const piece = new ActivePiece(index, new Uint8Array(length));
  for (let at = 0; at < length; at += UNIT_LENGTH) {
    const block = new Uint8Array(Math.min(UNIT_LENGTH, length - at)).fill(at === 0 ? fill : 0);
    piece.receive(at, block, at === 0 ? 1_000 + index : 2_000 + index);
  }
  return piece;
}

/** Of which of three pieces it is known, once a good copy has come, who sent the bad one. */
function blamed(length: number): number[] {
  const blame = new BlockBlame();
  for (const index of [0, 1, 2]) blame.failed(pieceOfTwo(index, length, 1));
  return [0, 1, 2].flatMap((index) => blame.passed(pieceOfTwo(index, length, 0)));
}

Deno.test("Bad copies of pieces that have 4 MiB together are kept, or else a single one", () => {
  assertEquals(blamed(MAX_BAD_BYTES / 2), [1_001, 1_002]);
  assertEquals(blamed(MAX_BAD_BYTES / 2 + 1), [1_002]);
  assertEquals(blamed(MAX_BAD_BYTES + UNIT_LENGTH), [1_002]);
});

Deno.test("Of a torrent 10,000 events wait for a watcher, and those that follow pass it by", async () => {
  const feed = new EventFeed<number>();
  const events = feed.watch();
  for (let event = 0; event <= MAX_WATCHED_EVENTS; event++) feed.emit(event);
  feed.close();
  const waiting = await Array.fromAsync(events);
  assertEquals([waiting.length, waiting.at(-1)], [MAX_WATCHED_EVENTS, MAX_WATCHED_EVENTS - 1]);
});

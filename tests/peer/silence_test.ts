import { assert, assertEquals } from "@std/assert";
import { concatBytes, peerIdFromHex } from "../../lib/bytes/mod.ts";
import type { Connection } from "../../lib/net/mod.ts";
import {
  encodeHandshake,
  encodePing,
  EXTENSION_ID,
  HANDSHAKE_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  MAX_QUEUED_MESSAGES,
  type Message,
  REQUEST_TIMEOUT_MS,
} from "../../lib/peer/mod.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, Simulation } from "./simulation.ts";

const U = 16 * 1024;
const EXTENDED = new Set(["extension-protocol"] as const);
const ROGUE_ID = peerIdFromHex("2d5247303030312d787878787878787878787878");

/** Collects what a bare connection is sent, and notes its end. */
function observe(connection: Connection): { bytes: number; state: "open" | "closed" } {
  const seen: { bytes: number; state: "open" | "closed" } = { bytes: 0, state: "open" };
  connection.readable.pipeTo(
    new WritableStream({
      write: (chunk) => void (seen.bytes += chunk.length),
      close: () => void (seen.state = "closed"),
    }),
  );
  return seen;
}

Deno.test("Who connects and says nothing is cut off after 10 s, and was sent nothing", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent();
  const node = sim.seed("node", torrent);
  using connection = await sim.network.host("silent").dial(node.address);
  const seen = observe(connection);
  await sim.advance(HANDSHAKE_TIMEOUT_MS - 100);
  assertEquals(seen.state, "open");
  await sim.advance(200);
  assertEquals(seen, { bytes: 0, state: "closed" });
});

Deno.test("Who says its handshake byte by byte is cut off after 10 s as well", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent();
  const node = sim.seed("node", torrent);
  using connection = await sim.network.host("slow").dial(node.address);
  const seen = observe(connection);
  const writer = connection.writable.getWriter();
  const { infoHash } = torrent.info;
  const bytes = encodeHandshake({ infoHash, peerId: ROGUE_ID, extensions: EXTENDED });
  for (const byte of bytes.subarray(0, 33)) {
    writer.write(Uint8Array.of(byte)).catch(() => undefined);
    await sim.advance(300);
  }
  assertEquals(seen.state, "open");
  await sim.advance(200);
  assertEquals(seen, { bytes: 0, state: "closed" });
});

Deno.test("Two hundred silent strangers do not keep a leecher of another address out", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent();
  const node = sim.seed("node", torrent);
  const strangers = await Promise.all(
    Array.from({ length: 200 }, () => sim.network.host("stranger").dial(node.address)),
  );
  const leecher = sim.leech("leecher", torrent, { peers: [node.address] });
  await sim.until(() => leecher.store.held.isFull, 1_000);
  for (const stranger of strangers) stranger.close();
});

Deno.test("One who is dialled and does not answer is given up after 10 s and tried again", async () => {
  await using sim = new Simulation(4);
  const torrent = await createTorrent();
  using listener = sim.listen("silent");
  sim.leech("leecher", torrent, { peers: [listener.address] });
  const first = observe(await listener.accept());
  await sim.advance(HANDSHAKE_TIMEOUT_MS - 100);
  assertEquals(first, { bytes: 68, state: "open" });
  await sim.advance(200);
  assertEquals(first.state, "closed");
  const second = listener.accept();
  await sim.advance(2_000);
  using connection = await second;
  connection.close();
});

Deno.test("A connection on which nothing arrives is closed after 120 s, not one kept alive (BEP 3)", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent();
  const node = sim.seed("node", torrent);
  const { infoHash } = torrent.info;
  const host = sim.network.host("idle");
  const idle = await RoguePeer.dial(host, node.address, { infoHash });
  using kept = await RoguePeer.dial(host, node.address, { infoHash });
  await sim.advance(IDLE_TIMEOUT_MS - 1_000);
  kept.send({ type: "keep-alive" });
  assertEquals(idle.state, "open");
  await sim.advance(2_000);
  assertEquals([idle.state, kept.state], ["closed", "open"]);
  await sim.advance(IDLE_TIMEOUT_MS - 3_000);
  assertEquals(kept.state, "open");
});

Deno.test("A piece that failed and waits for a peer that stalls is asked of another one after 30 s", async () => {
  await using sim = new Simulation(8);
  const torrent = await createTorrent({ length: 64 * 1024, pieceLength: 64 * 1024 });
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const { address } = sim.nodes[0]!;
  const liar = await RoguePeer.dial(sim.network.host("liar"), address, { infoHash });
  liar.offer(torrent);
  void liar.serve(torrent, () => "wrong");
  await liar.closed;
  using stalling = await RoguePeer.dial(sim.network.host("stalling"), address, { infoHash });
  stalling.offer(torrent);
  await sim.settle();
  using good = await RoguePeer.dial(sim.network.host("good"), address, { infoHash });
  good.offer(torrent);
  void good.serve(torrent);
  await sim.until(() => leecher.store.held.isFull, 35_000);
  assert(stalling.all("request").length > 0, "the stalling one was not asked");
});

Deno.test("A message that comes byte by byte and never ends keeps no connection open beyond 120 s", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent();
  const node = sim.seed("node", torrent);
  const { infoHash } = torrent.info;
  const rogue = await RoguePeer.dial(sim.network.host("slow"), node.address, { infoHash });
  rogue.sendBytes(Uint8Array.of(0, 0, 16, 0));
  for (let passedMs = 0; passedMs < IDLE_TIMEOUT_MS - 2_000; passedMs += 2_000) {
    rogue.sendBytes(Uint8Array.of(5));
    await sim.advance(2_000);
  }
  assertEquals(rogue.state, "open");
  await sim.advance(4_000);
  assertEquals(rogue.state, "closed");
});

Deno.test("A node that has nothing to say sends a keep-alive each minute, and no more", async () => {
  await using sim = new Simulation(6);
  const torrent = await createTorrent();
  const node = sim.seed("node", torrent);
  const { infoHash } = torrent.info;
  using peer = await RoguePeer.dial(sim.network.host("peer"), node.address, { infoHash });
  for (let minute = 0; minute < 10; minute++) {
    peer.send({ type: "keep-alive" });
    await sim.advance(KEEP_ALIVE_MS + 1_000);
  }
  const count = peer.all("keep-alive").length;
  assert(count >= 9 && count <= 10, `${count} keep-alives in ten minutes`);
  assertEquals(peer.state, "open");
});

Deno.test("A peer that stalls gets its requests taken back after 30 s, and others send the rest", async () => {
  await using sim = new Simulation(7);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const { address } = sim.nodes[0]!;
  using stalling = await RoguePeer.dial(sim.network.host("stalling"), address, { infoHash });
  stalling.offer(torrent);
  await stalling.next("request");
  await sim.settle();
  const owed = stalling.owed();
  assertEquals(owed.length, 8);
  await sim.advance(REQUEST_TIMEOUT_MS - 100);
  assertEquals(stalling.owed(), owed);
  await sim.advance(1_200);
  assert(stalling.owed().length <= 1, "it is asked for one block at a time");
  const seeder = sim.seed("seeder", torrent);
  leecher.addPeers([seeder.address]);
  await sim.until(() => leecher.store.held.isFull, 2_000);
  await assertWhole(leecher, torrent);
});

Deno.test("A stalled peer's blocks are fetched elsewhere though other pieces are missing yet", async () => {
  await using sim = new Simulation(8);
  const torrent = await createTorrent({ length: 40 * 4 * U, pieceLength: 4 * U });
  const { infoHash } = torrent.info;
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 2 * U });
  const leecher = sim.leech("leecher", torrent, { peers: [seeder.address] });
  const address = sim.nodes[1]!.address;
  using stalling = await RoguePeer.dial(sim.network.host("stalling"), address, { infoHash });
  stalling.offer(torrent);
  await sim.until(() => leecher.store.held.isFull);
  const bestMs = 1_000 * torrent.data.length / (2 * U);
  assert(sim.clock.now() < bestMs + REQUEST_TIMEOUT_MS, `took ${sim.clock.now()} ms`);
  assert(stalling.all("request").length < 20, "it was not asked again and again");
});

Deno.test("A stalled peer that sends again is asked for more again", async () => {
  await using sim = new Simulation(9);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const { address } = sim.nodes[0]!;
  using peer = await RoguePeer.dial(sim.network.host("peer"), address, { infoHash });
  peer.offer(torrent);
  await sim.advance(REQUEST_TIMEOUT_MS + 2_000);
  assertEquals(peer.owed().length, 1);
  peer.answer(torrent, peer.owed()[0]!, "right");
  await sim.settle();
  assert(peer.owed().length > 4);
  peer.serve(torrent);
  await sim.until(() => leecher.store.held.isFull, 5_000);
});

Deno.test("A peer that takes away its unchoke gets its requests taken back at once", async () => {
  await using sim = new Simulation(10);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const { address } = sim.nodes[0]!;
  using fickle = await RoguePeer.dial(sim.network.host("fickle"), address, { infoHash });
  fickle.offer(torrent);
  await fickle.next("request");
  fickle.send({ type: "choke" });
  const seeder = sim.seed("seeder", torrent);
  leecher.addPeers([seeder.address]);
  await sim.until(() => leecher.store.held.isFull, 2_000);
  await assertWhole(leecher, torrent);
});

Deno.test("A peer that goes in the middle of a piece leaves what it sent of use", async () => {
  await using sim = new Simulation(11);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const { address } = sim.nodes[0]!;
  const gone = await RoguePeer.dial(sim.network.host("gone"), address, { infoHash });
  gone.offer(torrent);
  const first = await gone.next("request");
  gone.answer(torrent, first, "right");
  await sim.settle();
  const frame: Message = { type: "piece", index: 0, begin: 0, block: new Uint8Array(U) };
  gone.sendBytes(concatBytes([Uint8Array.of(0, 0, 0x40, 9, 7), frame.block.subarray(0, 99)]));
  gone.close();
  await sim.until(() => leecher.links.length === 0, 1_000);
  const seeder = sim.seed("seeder", torrent);
  leecher.addPeers([seeder.address]);
  await sim.until(() => leecher.store.held.isFull, 2_000);
  await assertWhole(leecher, torrent);
  assertEquals(leecher.status.downloaded, torrent.data.length);
});

Deno.test("A peer that never reads is cut off after 120 s, and little is read for it", async () => {
  await using sim = new Simulation(12);
  const torrent = await createTorrent({ length: 16 * 1024 * 1024, pieceLength: 1024 * 1024 });
  const store = sim.store(torrent.info, torrent.data);
  let readBytes = 0;
  const read = store.read.bind(store);
  store.read = (index, begin, target) => {
    readBytes += target.length;
    return read(index, begin, target);
  };
  const node = sim.node("node");
  const served = node.add(store);
  const { infoHash } = torrent.info;
  const rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, {
    infoHash,
    reading: "never",
  });
  rogue.send({ type: "interested" });
  for (let index = 0; index < 16; index++) {
    for (let block = 0; block < 64; block++) {
      rogue.send({ type: "request", index, begin: block * U, length: U });
    }
  }
  for (let second = 0; second < 118; second += 59) {
    await sim.advance(59_000);
    rogue.send({ type: "keep-alive" });
  }
  assertEquals(served.links.length, 1);
  assert(readBytes >= U && readBytes <= 2 * 1024 * 1024, `${readBytes} bytes were read`);
  await sim.advance(3_000);
  assertEquals(served.links.length, 0);
});

Deno.test("A peer that makes us say much and reads nothing is cut off, and others go on", async () => {
  await using sim = new Simulation(13);
  const torrent = await createTorrent({ length: 1_000_000 });
  const { infoHash } = torrent.info;
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 100_000 });
  const leecher = sim.leech("leecher", torrent, { peers: [seeder.address] });
  const address = sim.nodes[1]!.address;
  const rogue = await RoguePeer.dial(sim.network.host("rogue"), address, {
    infoHash,
    reading: "never",
    extensions: EXTENDED,
  });
  rogue.extend({ extensions: new Map([["sl_ping", 9]]) });
  const ping: Message = {
    type: "extended",
    id: EXTENSION_ID.sl_ping,
    payload: encodePing({ kind: "ping", nonce: 7 }),
  };
  // What fits into the connection is taken from the queue, so more than its length is needed.
  const flood = Array.from({ length: 3 * MAX_QUEUED_MESSAGES }, () => ping);
  for (let round = 0; round < 4; round++) {
    rogue.send(...flood);
    await sim.settle();
  }
  assertEquals(rogue.state, "closed");
  await sim.until(() => leecher.store.held.isFull, 60_000);
  await assertWhole(leecher, torrent);
});

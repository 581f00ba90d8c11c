import { assert, assertEquals } from "@std/assert";
import { encodeFrame } from "../../lib/framing/mod.ts";
import { type BlockRequest, type Message, OFFERED_BLOCK_LENGTH } from "../../lib/peer/mod.ts";
import { LIBTORRENT_VECTORS } from "../vectors/wire_libtorrent.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, type SimulatedTorrent, Simulation } from "./simulation.ts";
import { bytesOfFrame, bytesOfHex } from "./wire/wire_bytes.ts";

const U = 16 * 1024;
const EXTENDED = new Set(["extension-protocol"] as const);

/** The torrent of these tests: ten pieces of 64 KiB, the last one 1,000 bytes shorter. */
function createTenPieces(): Promise<SimulatedTorrent> {
  return createTorrent({ length: 10 * 4 * U - 1_000, pieceLength: 4 * U });
}

/**
 * Lets a rogue talk to a node that holds the even pieces, after it was unchoked, while a good peer
 * uses the node too. Tells whether the node closed the connection, and what it had sent on it.
 */
async function provoke(
  talk: (rogue: RoguePeer, torrent: SimulatedTorrent) => void,
): Promise<{ state: "open" | "closed"; log: Message[] }> {
  await using sim = new Simulation(1);
  const torrent = await createTenPieces();
  const { infoHash } = torrent.info;
  const node = sim.node("node");
  node.add(await sim.partialStore(torrent, [0, 2, 4, 6, 8]));
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, {
    infoHash,
    extensions: EXTENDED,
  });
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  talk(rogue, torrent);
  await sim.settle();
  const state = rogue.state;
  const good = sim.leech("good", torrent, { peers: [node.address] });
  await sim.until(() => good.store.held.count === 5, 5_000);
  return { state, log: rogue.log };
}

function rangeOf(index: number, begin: number, length: number): Message {
  return { type: "request", index, begin, length };
}

function blockName({ index, begin, length }: BlockRequest): string {
  return `${index}:${begin}:${length}`;
}

function framed(hex: string): Uint8Array {
  return encodeFrame(bytesOfHex(hex));
}

const VIOLATIONS: Record<string, (rogue: RoguePeer, torrent: SimulatedTorrent) => void> = {
  "requests beyond the end of a piece": (rogue) => rogue.send(rangeOf(0, 4 * U - 1, 2)),
  "requests beyond the end of the last piece": (rogue) => rogue.send(rangeOf(9, 3 * U, U)),
  "requests from the highest offset": (rogue) => rogue.send(rangeOf(0, 0xffffffff, U)),
  "requests a piece that does not exist": (rogue) => rogue.send(rangeOf(10, 0, U)),
  "requests the highest piece": (rogue) => rogue.send(rangeOf(0xffffffff, 0, U)),
  "requests a piece that is not held": (rogue) => rogue.send(rangeOf(1, 0, U)),
  "requests nothing": (rogue) => rogue.send(rangeOf(0, 0, 0)),
  "requests more than 16 KiB without an agreement (BEP 3)": (rogue) =>
    rogue.send(rangeOf(0, 0, U + 1)),
  "requests as much as there can be": (rogue) => rogue.send(rangeOf(0, 0, 0xffffffff)),
  "requests more than was agreed on"(rogue) {
    rogue.extend({ blockLength: 2 * U });
    rogue.send(rangeOf(0, 0, 2 * U + 1));
  },
  "has a piece that does not exist": (rogue) => rogue.send({ type: "have", index: 10 }),
  "has the highest piece": (rogue) => rogue.send({ type: "have", index: 0xffffffff }),
  "sends a bitfield that is too short": (rogue) => rogue.sendBytes(framed("05 ff")),
  "sends a bitfield that is too long": (rogue) => rogue.sendBytes(framed("05 ffc000")),
  "sends a bitfield with a spare bit set (BEP 3)": (rogue) => rogue.sendBytes(framed("05 ffe0")),
  "sends an empty bitfield": (rogue) => rogue.sendBytes(framed("05")),
  "sends a message that is too short": (rogue) => rogue.sendBytes(framed("04 000000")),
  "sends a message that is too long": (rogue) => rogue.sendBytes(framed("00 00")),
  "sends a block without its place": (rogue) => rogue.sendBytes(framed("07 00000000")),
  "says have all although the fast extension was not agreed on (BEP 6)": (rogue) =>
    rogue.send({ type: "have-all" }),
  "says have none although the fast extension was not agreed on (BEP 6)": (rogue) =>
    rogue.send({ type: "have-none" }),
  "suggests a piece although the fast extension was not agreed on (BEP 6)": (rogue) =>
    rogue.send({ type: "suggest", index: 1 }),
  "rejects although the fast extension was not agreed on (BEP 6)": (rogue) =>
    rogue.send({ type: "reject", index: 1, begin: 0, length: U }),
  "allows a piece although the fast extension was not agreed on (BEP 6)": (rogue) =>
    rogue.send({ type: "allowed-fast", index: 1 }),
  "announces a message of 1 MiB and a byte": (rogue) => rogue.sendBytes(bytesOfHex("00100001")),
  "announces a message of 4 GiB": (rogue) => rogue.sendBytes(bytesOfHex("ffffffff 07")),
  "sends an extended handshake that is none": (rogue) => rogue.sendBytes(framed("14 00 6465 65")),
  "sends an extended handshake that is no dictionary": (rogue) =>
    rogue.sendBytes(framed("14 00 693165")),
  "sends a ping that is none": (rogue) => rogue.sendBytes(framed("14 01 6465")),
};

for (const [what, talk] of Object.entries(VIOLATIONS)) {
  Deno.test(`A peer that ${what} is cut off, and no other peer is hurt`, async () => {
    assertEquals((await provoke(talk)).state, "closed");
  });
}

const ODDITIES: Record<string, (rogue: RoguePeer, torrent: SimulatedTorrent) => void> = {
  "sends messages of unknown ids"(rogue) {
    for (const id of [9, 10, 18, 19, 21, 255]) {
      rogue.send({ type: "unknown", id, payload: new Uint8Array(id) });
    }
  },
  "sends extension messages that nobody agreed on": (rogue) => {
    rogue.send({ type: "extended", id: 77, payload: new Uint8Array(1_000) });
  },
  "sends keep-alives (BEP 3)": (rogue) =>
    rogue.send({ type: "keep-alive" }, { type: "keep-alive" }),
  "cancels what it did not ask for": (rogue) => {
    rogue.send({ type: "cancel", index: 0xffffffff, begin: 1, length: 0 });
  },
  "says everything twice": (rogue) => {
    const twice: Message[] = [{ type: "choke" }, { type: "unchoke" }, { type: "interested" }];
    rogue.send(...twice, ...twice, { type: "have", index: 3 }, { type: "have", index: 3 });
  },
  "sends a bitfield where many haves would do, as aria2 does": (rogue) => {
    rogue.send({ type: "have", index: 1 });
    rogue.sendBytes(framed("05 f000"));
    rogue.sendBytes(framed("05 ffc0"));
  },
  "cuts its messages into single bytes": (rogue) => {
    for (const byte of framed("04 00000003")) rogue.sendBytes(Uint8Array.of(byte));
  },
  "is libtorrent": (rogue) => rogue.sendBytes(bytesOfFrame(LIBTORRENT_VECTORS[0]!.frames[0]!)),
};

for (const [what, talk] of Object.entries(ODDITIES)) {
  Deno.test(`A peer that ${what} is borne with`, async () => {
    assertEquals((await provoke(talk)).state, "open");
  });
}

Deno.test("A bitfield that comes later adds pieces, and each is counted once", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTenPieces();
  const leecher = sim.leech("leecher", torrent);
  const { address } = sim.nodes[0]!;
  const { infoHash } = torrent.info;
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), address, { infoHash });
  rogue.send({ type: "have", index: 1 });
  rogue.sendBytes(framed("05 a000"));
  rogue.sendBytes(framed("05 8000"));
  await sim.settle();
  assertEquals(leecher.links.map(({ bits }) => [...bits.ones()]), [[0, 1, 2]]);
  rogue.serve(torrent);
  rogue.send({ type: "unchoke" });
  await sim.until(() => leecher.store.held.count === 3, 1_000);
  rogue.close();
  await sim.until(() => leecher.links.length === 0, 1_000);
  const seeder = sim.seed("seeder", torrent);
  leecher.addPeers([seeder.address]);
  await sim.until(() => leecher.store.held.isFull);
  await assertWhole(leecher, torrent);
});

Deno.test("A request while we choke, as we do at first, is dropped (BEP 3), and none is answered once withdrawn", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTenPieces();
  const node = sim.seed("node", torrent, { maxUpRate: 2 * U });
  const { infoHash } = torrent.info;
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, { infoHash });
  rogue.send(rangeOf(0, 0, U));
  await sim.advance(1_000);
  assertEquals([rogue.state, rogue.all("piece").length], ["open", 0]);
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  for (const index of [1, 3, 5, 7]) rogue.send(rangeOf(index, 0, U));
  await sim.settle();
  rogue.send({ type: "cancel", index: 7, begin: 0, length: U });
  await sim.advance(10_000);
  assertEquals(rogue.all("piece").map(({ index }) => index), [1, 3, 5]);
});

Deno.test("A peer that is choked again is sent no more of what it had asked for (BEP 3)", async () => {
  await using sim = new Simulation(7);
  const torrent = await createTenPieces();
  const node = sim.seed("node", torrent, { maxUpRate: U });
  const { infoHash } = torrent.info;
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, { infoHash });
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  for (let index = 0; index < 10; index++) rogue.send(rangeOf(index, 0, U));
  await sim.advance(3_000);
  rogue.send({ type: "not-interested" });
  await sim.advance(60_000);
  assertEquals(rogue.all("choke").length, 1);
  const count = rogue.all("piece").length;
  assert(count >= 2 && count <= 5, `${count} blocks of ten were sent`);
});

Deno.test("Of a flood of requests 500 are taken, and others are served meanwhile", async () => {
  await using sim = new Simulation(4);
  const torrent = await createTenPieces();
  const node = sim.seed("node", torrent);
  const { infoHash } = torrent.info;
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, { infoHash });
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  rogue.send(...Array.from({ length: 20_000 }, (_, at) => rangeOf(at % 10, 0, U)));
  const good = sim.leech("good", torrent, { peers: [node.address] });
  await sim.until(() => good.store.held.isFull, 5_000);
  await sim.settle();
  const count = rogue.all("piece").length;
  assert(count >= 500 && count < 600, `${count} requests were answered`);
});

Deno.test("Blocks up to what was agreed on are served and asked for", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent({ length: 256 * U, pieceLength: 128 * U });
  const { infoHash } = torrent.info;
  const node = sim.node("node");
  node.add(await sim.partialStore(torrent, [0]));
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, {
    infoHash,
    extensions: EXTENDED,
  });
  const hello = await rogue.next("extended");
  assertEquals(hello.id, 0);
  rogue.extend({ blockLength: 2 * OFFERED_BLOCK_LENGTH });
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  rogue.send(rangeOf(0, 0, OFFERED_BLOCK_LENGTH));
  const { block } = await rogue.next("piece");
  assertEquals(block, torrent.data.slice(0, OFFERED_BLOCK_LENGTH));
  rogue.offer(torrent);
  rogue.serve(torrent);
  await rogue.closed;
  const lengths = rogue.all("request").map(({ length }) => length);
  assertEquals(lengths.reduce((sum, length) => sum + length, 0), 128 * U);
  const longest = Math.max(...lengths);
  assert(longest > U && longest <= OFFERED_BLOCK_LENGTH, `${lengths}`);
});

Deno.test("Nobody is asked for more than 16 KiB at once without an agreement (BEP 3)", async () => {
  await using sim = new Simulation(8);
  const torrent = await createTenPieces();
  const leecher = sim.leech("leecher", torrent);
  const { address } = sim.nodes[0]!;
  const { infoHash } = torrent.info;
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), address, { infoHash });
  rogue.offer(torrent);
  void rogue.serve(torrent);
  await sim.until(() => leecher.store.held.isFull);
  const lengths = new Set(rogue.all("request").map(({ length }) => length));
  assertEquals(lengths, new Set([U, U - 1_000]));
});

Deno.test("What a node withdraws in the endgame is exactly what it asked for (BEP 3, cancel)", async () => {
  await using sim = new Simulation(6);
  const torrent = await createTorrent({ length: 32 * U, pieceLength: 16 * U });
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const { address } = sim.nodes[0]!;
  const rogues = await Promise.all(
    ["large", "small", "medium"].map((host) =>
      RoguePeer.dial(sim.network.host(host), address, { infoHash, extensions: EXTENDED })
    ),
  );
  [16 * U, U, 2 * U].forEach((blockLength, at) => {
    rogues[at]!.extend({ blockLength });
    rogues[at]!.offer(torrent);
  });
  await sim.settle();
  for (let turn = 0; !leecher.store.held.isFull; turn++) {
    assert(turn < 200, "the download goes on");
    const rogue = rogues[turn % 3]!;
    const [request] = rogue.owed();
    if (request !== undefined) rogue.answer(torrent, request, "right");
    // What was asked for is late by the next turn.
    await sim.advance(1_000);
  }
  await assertWhole(leecher, torrent);
  const cancels = rogues.flatMap((rogue) => rogue.all("cancel"));
  assert(cancels.length > 0, "there was an endgame");
  for (const rogue of rogues) {
    const requests = rogue.all("request").map(blockName);
    for (const cancel of rogue.all("cancel")) assert(requests.includes(blockName(cancel)));
  }
});

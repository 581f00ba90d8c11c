import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { encode } from "../../lib/bencode/mod.ts";
import { infoHashFromBytes } from "../../lib/bytes/mod.ts";
import { createInfo, type TorrentInfo } from "../../lib/metainfo/mod.ts";
import type { MetadataSearch } from "../../lib/peer/mod.ts";
import {
  decodeMetadataMessage,
  encodeMetadataMessage,
  EXTENSION_ID,
  METADATA_BLOCK_LENGTH,
  type MetadataMessage,
} from "../../lib/peer/wire/mod.ts";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, Simulation } from "./simulation.ts";

/** The id under which the rogues of these tests take metadata messages. */
const THEIR_ID = 9;

const EXTENDED = new Set(["extension-protocol", "fast"] as const);

/** A torrent whose metadata has several blocks, and no data that anybody would have. */
function createLong(): Promise<TorrentInfo> {
  const count = 3_000;
  return createInfo({
    name: "long.bin",
    shape: "file",
    files: [{ path: [], length: count * 16_384 }],
    pieceLength: 16_384,
    pieceHashes: randomBytes(seededRandom(1), count * 20),
  });
}

function blockOf(metadata: Uint8Array, piece: number): Uint8Array {
  return metadata.subarray(piece * METADATA_BLOCK_LENGTH, (piece + 1) * METADATA_BLOCK_LENGTH);
}

function sendMetadata(rogue: RoguePeer, message: MetadataMessage): void {
  const payload = encodeMetadataMessage(message);
  rogue.send({ type: "extended", id: EXTENSION_ID.ut_metadata, payload });
}

/** The blocks that a rogue was asked for. */
function askedOf(rogue: RoguePeer): number[] {
  return rogue.all("extended").filter(({ id }) => id === THEIR_ID)
    .map(({ payload }) => decodeMetadataMessage(payload))
    .filter((message) => message?.type === "request").map((message) => message!.piece);
}

/** A rogue that is dialled by a search, and says that it has metadata of some size. */
async function greet(
  sim: Simulation,
  search: MetadataSearch,
  host: string,
  metadataSize: number,
): Promise<RoguePeer> {
  const listener = sim.listen(host);
  search.addPeers([listener.address]);
  const rogue = await RoguePeer.accept(listener, {
    infoHash: search.infoHash,
    extensions: EXTENDED,
  });
  rogue.extend({ extensions: new Map([["ut_metadata", THEIR_ID]]), metadataSize });
  await sim.settle();
  listener.close();
  return rogue;
}

/** Answers with this metadata whatever is asked for until there is no more to ask. */
async function give(sim: Simulation, rogue: RoguePeer, metadata: Uint8Array): Promise<void> {
  const totalSize = metadata.length;
  const count = Math.ceil(totalSize / METADATA_BLOCK_LENGTH);
  for (let given = 0; given < count; given++) {
    await sim.until(() => askedOf(rogue).length > given || rogue.state === "closed");
    const piece = askedOf(rogue)[given];
    if (piece === undefined) return;
    sendMetadata(rogue, { type: "data", piece, totalSize, block: blockOf(metadata, piece) });
  }
  await sim.settle();
}

Deno.test("A node that knows only an info-hash gets the metadata and then the data (BEP 9)", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const node = sim.node("node");
  const search = node.seek(torrent.info.infoHash, [seeder.address]);
  let info: TorrentInfo | undefined;
  void search.info.then((found) => info = found);
  await sim.until(() => info !== undefined, 5_000);
  assertEquals(info?.rawInfo, torrent.info.rawInfo);
  assertEquals(info?.name, "data.bin");
  await search.close();
  const leecher = node.add(sim.store(torrent.info), { peers: search.peers });
  await sim.until(() => leecher.store.held.isFull, 10_000);
  await assertWhole(leecher, torrent);
});

Deno.test("A peer that dials one who looks for metadata is asked for it", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent();
  const node = sim.node("node");
  const search = node.seek(torrent.info.infoHash);
  const seeder = sim.seed("seeder", torrent);
  seeder.torrents.get(torrent.info.infoHash)!.addPeers([node.address]);
  let name = "";
  void search.info.then((info) => name = info.name);
  await sim.until(() => name === "data.bin", 5_000);
});

Deno.test("Metadata of several blocks comes from one peer, and is checked as a whole", async () => {
  await using sim = new Simulation(3);
  const info = await createLong();
  const search = sim.node("node").seek(info.infoHash);
  using rogue = await greet(sim, search, "rogue", info.rawInfo.length);
  assertEquals(askedOf(rogue), [0, 1, 2, 3]);
  await give(sim, rogue, info.rawInfo);
  assertEquals((await search.info).rawInfo, info.rawInfo);
});

Deno.test("Metadata of another hash is not taken (BEP 9): its peer is banned, another one gives the right one", async () => {
  await using sim = new Simulation(4);
  const info = await createLong();
  const search = sim.node("node").seek(info.infoHash);
  using liar = await greet(sim, search, "liar", info.rawInfo.length);
  const wrong = info.rawInfo.slice();
  wrong[40_000]! ^= 1;
  await give(sim, liar, wrong);
  await liar.closed;
  using honest = await greet(sim, search, "honest", info.rawInfo.length);
  // It dials with the name that was banned, and at once is gone.
  using again = await RoguePeer.dial(sim.network.host("liar"), sim.nodes[0]!.address, {
    infoHash: info.infoHash,
    peerId: liar.identity.peerId,
  });
  await again.closed;
  await give(sim, honest, info.rawInfo);
  assertEquals((await search.info).name, "long.bin");
});

Deno.test("Three peers are asked at once, and one more when one of them does not answer", async () => {
  await using sim = new Simulation(5);
  const info = await createLong();
  const search = sim.node("node").seek(info.infoHash);
  const rogues: RoguePeer[] = [];
  for (const host of ["a", "b", "c", "d"]) {
    rogues.push(await greet(sim, search, host, info.rawInfo.length));
  }
  assertEquals(rogues.map((rogue) => askedOf(rogue).length), [4, 4, 4, 0]);
  await sim.advance(6_000);
  // The second one goes on slowly, the others do not.
  const totalSize = info.rawInfo.length;
  sendMetadata(rogues[1]!, { type: "data", piece: 0, totalSize, block: blockOf(info.rawInfo, 0) });
  await sim.advance(6_000);
  assertEquals(rogues.map(({ state }) => state), ["closed", "open", "closed", "open"]);
  await give(sim, rogues[3]!, info.rawInfo);
  assertEquals((await search.info).infoHash, info.infoHash);
  for (const rogue of rogues) rogue.close();
});

const USELESS: Record<string, (rogue: RoguePeer) => void> = {
  "rejects the request": (rogue) => sendMetadata(rogue, { type: "reject", piece: 0 }),
  "sends a block that was not asked for": (rogue) => {
    const block = new Uint8Array(METADATA_BLOCK_LENGTH);
    sendMetadata(rogue, { type: "data", piece: 99, totalSize: 60_000, block });
  },
  "sends a block of a wrong length (BEP 9)": (rogue) => {
    sendMetadata(rogue, { type: "data", piece: 0, totalSize: 60_000, block: new Uint8Array(7) });
  },
  "sends no bencode": (rogue) => {
    const payload = Uint8Array.of(0xff);
    rogue.send({ type: "extended", id: EXTENSION_ID.ut_metadata, payload });
  },
};

for (const [what, talk] of Object.entries(USELESS)) {
  Deno.test(`A peer that ${what} is no source of metadata`, async () => {
    await using sim = new Simulation(6);
    const info = await createLong();
    const search = sim.node("node").seek(info.infoHash);
    using rogue = await greet(sim, search, "rogue", info.rawInfo.length);
    talk(rogue);
    await sim.settle();
    assertEquals(rogue.state, "closed");
  });
}

Deno.test("Metadata that is longer than 4 MiB is not even asked for", async () => {
  await using sim = new Simulation(7);
  const { infoHash } = await createLong();
  const search = sim.node("node").seek(infoHash);
  using rogue = await greet(sim, search, "rogue", 4 * 1024 * 1024 + 1);
  assertEquals([rogue.state, askedOf(rogue)], ["closed", []]);
});

Deno.test("A message of a type that is unknown is passed over, as BEP 9 must have it", async () => {
  await using sim = new Simulation(8);
  const info = await createLong();
  const search = sim.node("node").seek(info.infoHash);
  using rogue = await greet(sim, search, "rogue", info.rawInfo.length);
  const payload = encode({ msg_type: 3, piece: 0 });
  rogue.send({ type: "extended", id: EXTENSION_ID.ut_metadata, payload });
  await give(sim, rogue, info.rawInfo);
  assertEquals((await search.info).infoHash, info.infoHash);
});

Deno.test("One who has not all metadata must reject requests for it (BEP 9)", async () => {
  await using sim = new Simulation(9);
  const info = await createLong();
  const search = sim.node("node").seek(info.infoHash);
  using rogue = await greet(sim, search, "rogue", info.rawInfo.length);
  sendMetadata(rogue, { type: "request", piece: 1 });
  await sim.settle();
  const answers = rogue.all("extended").filter(({ id }) => id === THEIR_ID)
    .map(({ payload }) => decodeMetadataMessage(payload));
  assertEquals(answers.at(-1), { type: "reject", piece: 1 });
  // It says nothing of a size either, and that it has no piece.
  const text = new TextDecoder().decode(rogue.all("extended")[0]?.payload);
  assert(text.includes("ut_metadata") && !text.includes("metadata_size"), text);
  assertEquals(rogue.all("have-none").length, 1);
});

Deno.test("A peer that has no metadata is let go after ten seconds", async () => {
  await using sim = new Simulation(10);
  const { infoHash } = await createLong();
  const node = sim.node("node");
  node.seek(infoHash);
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, { infoHash });
  await sim.advance(9_000);
  assertEquals(rogue.state, "open");
  await sim.advance(2_000);
  assertEquals(rogue.state, "closed");
});

Deno.test("Metadata of the right hash that no torrent may have ends the search with the reason", async () => {
  await using sim = new Simulation(11);
  const metadata = encode({ name: "..", "piece length": 16_384, pieces: "", length: 0 });
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-1", metadata));
  const search = sim.node("node").seek(infoHashFromBytes(hash));
  using rogue = await greet(sim, search, "rogue", metadata.length);
  await give(sim, rogue, metadata);
  await assertRejects(
    () => search.info,
    Error,
    `Cannot read metadata of torrent ${search.infoHash}`,
  );
});

Deno.test("A search that is closed says so, and the torrent can be opened then", async () => {
  await using sim = new Simulation(12);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const node = sim.node("node");
  const search = node.seek(infoHash);
  await assertRejects(async () => await node.seek(infoHash).info, Error, "looked for already");
  await search.close();
  await assertRejects(() => search.info, Error, "the search was ended");
  node.add(sim.store(torrent.info));
  await assertRejects(async () => await node.seek(infoHash).info, Error, "it is open");
});

Deno.test("One host cannot take all places of a search, and a slow one makes way for one that waits", async () => {
  await using sim = new Simulation(13);
  const info = await createLong();
  const node = sim.node("node");
  const search = node.seek(info.infoHash);
  const slow: RoguePeer[] = [];
  for (const host of ["slow1", "slow2", "slow3"]) {
    slow.push(await greet(sim, search, host, 4 * 1024 * 1024));
  }
  // They send a block now and then, so that none of them is silent.
  const totalSize = 4 * 1024 * 1024;
  const drip = (piece: number) => {
    for (const rogue of slow) {
      const block = new Uint8Array(METADATA_BLOCK_LENGTH);
      if (rogue.state === "open") sendMetadata(rogue, { type: "data", piece, totalSize, block });
    }
  };
  using honest = await greet(sim, search, "honest", info.rawInfo.length);
  for (let piece = 0; piece < 12 && askedOf(honest).length === 0; piece++) {
    drip(piece);
    await sim.advance(8_000);
  }
  await give(sim, honest, info.rawInfo);
  assertEquals((await search.info).infoHash, info.infoHash);
  for (const rogue of slow) rogue.close();
});

Deno.test("Peers that say a size and take no questions are let go, and of one host there are few", async () => {
  await using sim = new Simulation(14);
  const info = await createLong();
  const { infoHash } = info;
  const node = sim.node("node");
  const search = node.seek(infoHash);
  const crowd: RoguePeer[] = [];
  for (let at = 0; at < 8; at++) {
    const rogue = await RoguePeer.dial(sim.network.host("crowd"), node.address, {
      infoHash,
      extensions: EXTENDED,
    });
    rogue.extend({ metadataSize: info.rawInfo.length });
    crowd.push(rogue);
  }
  await sim.settle();
  assertEquals(crowd.filter(({ state }) => state === "open").length, 2);
  await sim.advance(12_000);
  assertEquals(crowd.filter(({ state }) => state === "open").length, 0);
  using honest = await greet(sim, search, "honest", info.rawInfo.length);
  await give(sim, honest, info.rawInfo);
  assertEquals((await search.info).infoHash, infoHash);
});

Deno.test("A torrent that is looked for cannot be opened before the search is closed", async () => {
  await using sim = new Simulation(15);
  const torrent = await createTorrent();
  const node = sim.node("node");
  const search = node.seek(torrent.info.infoHash);
  const store = sim.store(torrent.info);
  assertThrows(() => node.add(store), Error, "it is looked for, close the search first");
  await search.close();
  node.add(store);
});

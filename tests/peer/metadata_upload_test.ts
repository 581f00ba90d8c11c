import { assert, assertEquals } from "@std/assert";
import { concatBytes } from "../../lib/bytes/mod.ts";
import { createInfo, type TorrentInfo } from "../../lib/metainfo/mod.ts";
import {
  decodeMetadataMessage,
  encodeMetadataMessage,
  EXTENSION_ID,
  type MetadataMessage,
} from "../../lib/peer/wire/mod.ts";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { bytesOfChars } from "../vectors/bencode_vectors.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { Simulation } from "./simulation.ts";

const EXTENDED = new Set(["extension-protocol"] as const);
const BLOCK = 16 * 1024;
/** The id under which the rogues of these tests take metadata. */
const OURS = 33;

/** A torrent whose info dictionary takes three blocks, the last of them short. */
function createLongInfo(): Promise<TorrentInfo> {
  const pieces = Math.floor(2 * BLOCK / 20) + 7;
  return createInfo({
    name: "long.bin",
    shape: "file",
    files: [{ path: [], length: pieces * BLOCK }],
    pieceLength: BLOCK,
    pieceHashes: randomBytes(seededRandom(1), pieces * 20),
  });
}

/** Connects a rogue that takes metadata to the first node. */
async function meet(sim: Simulation, info: TorrentInfo, host = "rogue"): Promise<RoguePeer> {
  const { address } = sim.nodes[0]!;
  const { infoHash } = info;
  const rogue = await RoguePeer.dial(sim.network.host(host), address, {
    infoHash,
    extensions: EXTENDED,
  });
  rogue.extend({ extensions: new Map([["ut_metadata", OURS]]) });
  return rogue;
}

function say(rogue: RoguePeer, ...messages: readonly (MetadataMessage | string)[]): void {
  for (const message of messages) {
    const payload = typeof message === "string"
      ? bytesOfChars(message)
      : encodeMetadataMessage(message);
    rogue.send({ type: "extended", id: EXTENSION_ID.ut_metadata, payload });
  }
}

function request(piece: number): MetadataMessage {
  return { type: "request", piece };
}

/** What a rogue was sent of metadata; all of it under the id that it gave. */
function answersOf(rogue: RoguePeer): MetadataMessage[] {
  return rogue.all("extended").filter(({ id }) => id !== 0).map(({ id, payload }) => {
    assertEquals(id, OURS);
    const message = decodeMetadataMessage(payload);
    assert(message !== undefined);
    return message;
  });
}

function typesOf(rogue: RoguePeer): string[] {
  return answersOf(rogue).map(({ type, piece }) => `${type} ${piece}`);
}

Deno.test("The blocks of the metadata are 16 KiB but the last, and have the info-hash (BEP 9)", async () => {
  await using sim = new Simulation(1);
  const info = await createLongInfo();
  sim.node("node").add(sim.store(info));
  using rogue = await meet(sim, info);
  say(rogue, request(2), request(0), request(1));
  await sim.settle();
  assertEquals(typesOf(rogue), ["data 2", "data 0", "data 1"]);
  const blocks: Uint8Array[] = [];
  for (const message of answersOf(rogue)) {
    assert(message.type === "data");
    assertEquals(message.totalSize, info.rawInfo.length);
    blocks[message.piece] = message.block;
  }
  assertEquals(blocks.map(({ length }) => length), [BLOCK, BLOCK, info.rawInfo.length - 2 * BLOCK]);
  const digest = await crypto.subtle.digest("SHA-1", concatBytes(blocks));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
  assertEquals(hex.join(""), info.infoHash);
});

Deno.test("Each answer has the number of its request, the reject of a block that is not there too (BEP 9)", async () => {
  await using sim = new Simulation(2);
  const info = await createLongInfo();
  sim.node("node").add(sim.store(info));
  using rogue = await meet(sim, info);
  say(rogue, request(3), request(0xffffffff), request(Number.MAX_SAFE_INTEGER), request(0));
  await sim.settle();
  assertEquals(typesOf(rogue), [
    "reject 3",
    "reject 4294967295",
    `reject ${Number.MAX_SAFE_INTEGER}`,
    "data 0",
  ]);
});

Deno.test("A peer is given the metadata twice and is rejected then, and others are not hurt (BEP 9)", async () => {
  await using sim = new Simulation(3);
  const info = await createLongInfo();
  sim.node("node").add(sim.store(info));
  using greedy = await meet(sim, info, "greedy");
  for (let turn = 0; turn < 1_000; turn++) say(greedy, request(turn % 3));
  await sim.settle();
  const types = answersOf(greedy).map(({ type }) => type);
  assertEquals(types.length, 1_000, "each request has an answer");
  assertEquals(types.filter((type) => type === "data").length, 6);
  assertEquals(types.lastIndexOf("data"), 5, "the first ones are served");
  assertEquals(greedy.state, "open");
  using other = await meet(sim, info, "other");
  say(other, request(0));
  await sim.settle();
  assertEquals(typesOf(other), ["data 0"]);
});

Deno.test("Messages of unknown types, data and rejects that nobody wants are ignored (BEP 9)", async () => {
  await using sim = new Simulation(4);
  const info = await createLongInfo();
  sim.node("node").add(sim.store(info));
  using rogue = await meet(sim, info);
  say(rogue, "d8:msg_typei3e5:piecei0ee", "d8:msg_typei77ee", "d8:msg_typei255e5:piece1:xeyz");
  say(rogue, { type: "reject", piece: 0 }, {
    type: "data",
    piece: 0,
    totalSize: 5,
    block: new Uint8Array(5),
  });
  say(rogue, request(1));
  await sim.settle();
  assertEquals([rogue.state, ...typesOf(rogue)], ["open", "data 1"]);
});

Deno.test("A peer whose metadata messages are none is cut off", async () => {
  for (const text of ["", "i0e", "d8:msg_typei0ee", "d5:piecei0ee", "d8:msg_typei1e5:piecei0eex"]) {
    await using sim = new Simulation(5);
    const info = await createLongInfo();
    sim.node("node").add(sim.store(info));
    const rogue = await meet(sim, info);
    say(rogue, text);
    await rogue.closed;
    assertEquals(typesOf(rogue), [], text);
  }
});

Deno.test("A peer that does not take metadata, or not any more, is sent none (BEP 10)", async () => {
  await using sim = new Simulation(6);
  const info = await createLongInfo();
  sim.node("node").add(sim.store(info));
  using rogue = await meet(sim, info);
  rogue.extend({ extensions: new Map([["ut_metadata", 0]]) });
  say(rogue, request(0));
  await sim.settle();
  assertEquals([rogue.state, ...typesOf(rogue)], ["open"]);
});

Deno.test("Metadata is given to one who has said nothing of pieces, and for a private torrent too", async () => {
  await using sim = new Simulation(7);
  const { name, shape, pieceLength, pieceHashes, layout } = await createLongInfo();
  const files = [{ path: [], length: layout.totalLength }];
  const info = await createInfo({
    ...{ name, shape, pieceLength, pieceHashes, files },
    privacy: "private",
  });
  sim.node("node").add(sim.store(info));
  using rogue = await meet(sim, info);
  say(rogue, request(0));
  await sim.settle();
  assertEquals(typesOf(rogue), ["data 0"]);
});

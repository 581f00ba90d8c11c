import { concatBytes, peerIdFromHex } from "../../../lib/bytes/mod.ts";
import { encodeFrames } from "../../../lib/framing/mod.ts";
import type { TorrentEvent } from "../../../lib/peer/mod.ts";
import {
  encodeConduct,
  encodeDontHave,
  encodeExtendedHandshake,
  encodeGuide,
  encodeHandshake,
  encodeMessage,
  encodeMetadataMessage,
  encodePeerExchange,
  encodePing,
  EXTENSION_ID,
  type Handshake,
  type Message,
} from "../../../lib/peer/wire/mod.ts";
import { RoguePeer } from "../../peer/rogue_peer.ts";
import { assertWhole, createTorrent, pieceOf, Simulation } from "../../peer/simulation.ts";
import {
  type Attempt,
  checkLine,
  cut,
  type FuzzTarget,
  type Kind,
  promise,
  promiseSame,
} from "../target.ts";
import { WEB_SEED } from "./web_seed.ts";
import { WIRE_STREAMS } from "./wire.ts";

const BLOCK = 16 * 1024;

/** Four pieces of one block, the last one shorter. */
const TORRENT = await createTorrent({ length: 4 * BLOCK - 1_000, pieceLength: BLOCK });

/** Who a conductor names. */
const SOMEBODY = peerIdFromHex("5b".repeat(20));

const PLAIN: Handshake["extensions"] = new Set();
const ALL: Handshake["extensions"] = new Set(["extension-protocol", "fast"] as const);

/** The time for a good peer to be served whatever a bad one does: requests to that one run out. */
const SERVED_MS = 120_000;

function extended(id: number, payload: Uint8Array): Message {
  return { type: "extended", id, payload };
}

const HELLO = extended(
  0,
  encodeExtendedHandshake({
    extensions: new Map(Object.entries(EXTENSION_ID)),
    client: "Fuzzer 1",
    port: 6881,
    maxRequests: 10,
    blockLength: 64 * 1024,
    metadataSize: TORRENT.info.rawInfo.length,
  }),
);

function piece(index: number, block = pieceOf(TORRENT, index).slice()): Message {
  return { type: "piece", index, begin: 0, block };
}

function request(index: number, begin = 0, length = 4_096): Message {
  return { type: "request", index, begin, length };
}

/** What peers say to one that has, or wants, everything, right and wrong. */
const TALKS: readonly (readonly Message[])[] = [
  [HELLO, { type: "have-none" }, { type: "interested" }, request(0), request(1), request(3, 8_192)],
  [{ type: "bitfield", bits: Uint8Array.of(0) }, { type: "interested" }, request(2, 0, BLOCK)],
  [
    { type: "interested" },
    ...Array.from({ length: 600 }, (_, at) => request(at % 4)),
    { type: "cancel", index: 1, begin: 0, length: 4_096 },
    { type: "not-interested" },
  ],
  [
    HELLO,
    { type: "bitfield", bits: Uint8Array.of(0xf0) },
    { type: "unchoke" },
    ...[0, 1, 2, 3].map((index) => piece(index)),
  ],
  [
    { type: "have-all" },
    { type: "unchoke" },
    piece(1, new Uint8Array(BLOCK)),
    piece(2),
    { type: "reject", index: 0, begin: 0, length: BLOCK },
    { type: "choke" },
    { type: "allowed-fast", index: 3 },
    { type: "suggest", index: 0 },
  ],
  [{ type: "have", index: 0 }, { type: "have", index: 3 }, { type: "unchoke" }, piece(0), piece(3)],
  [
    HELLO,
    { type: "have-all" },
    extended(EXTENSION_ID.sl_ping, encodePing({ kind: "ping", nonce: 7 })),
    extended(EXTENSION_ID.sl_ping, encodePing({ kind: "pong", nonce: 0 })),
    extended(EXTENSION_ID.ut_metadata, encodeMetadataMessage({ type: "request", piece: 0 })),
    extended(EXTENSION_ID.ut_metadata, encodeMetadataMessage({ type: "reject", piece: 0 })),
    extended(
      EXTENSION_ID.ut_metadata,
      encodeMetadataMessage({
        type: "data",
        piece: 0,
        totalSize: TORRENT.info.rawInfo.length,
        block: TORRENT.info.rawInfo,
      }),
    ),
    extended(EXTENSION_ID.sl_guide, encodeGuide({ choice: "guided", pieces: [1, 2] })),
    extended(EXTENSION_ID.sl_guide, encodeGuide({ choice: "declined", pieces: [0] })),
    extended(EXTENSION_ID.sl_conduct, encodeConduct({ type: "free" })),
    extended(
      EXTENSION_ID.sl_conduct,
      encodeConduct({ type: "fetch", peerId: SOMEBODY, pieces: [1] }),
    ),
    extended(EXTENSION_ID.sl_conduct, encodeConduct({ type: "apart", peerId: SOMEBODY })),
    extended(EXTENSION_ID.lt_donthave, encodeDontHave(2)),
    extended(
      EXTENSION_ID.ut_pex,
      encodePeerExchange({
        added: [{ host: "192.0.2.9", port: 6881, traits: new Set() }],
        dropped: [],
      }),
    ),
  ],
];

const STREAMS = [
  ...TALKS.map((talk) => encodeFrames(talk.map(encodeMessage))),
  ...WIRE_STREAMS,
];

/** Sends a stream in pieces, with pauses; what the other side has closed takes no more. */
async function talk(
  sim: Simulation,
  rogue: RoguePeer,
  bytes: Uint8Array,
  random: () => number,
): Promise<void> {
  const how = random() < 0.4 ? "whole" : bytes.length < 200 ? "bytes" : "random";
  for (const part of cut(bytes, how, random)) {
    if (rogue.state === "closed") break;
    rogue.sendBytes(part);
    if (random() < 0.1) await sim.settle();
  }
  await sim.advance(random() < 0.2 ? 1_100 : 0);
}

/** Notes why peers were sent away, and makes sure that each reason is one line of ours. */
function watchReasons(events: ReadableStream<TorrentEvent>): string[] {
  const reasons: string[] = [];
  void events.pipeTo(
    new WritableStream({
      write(event) {
        if (event.type === "disconnected") reasons.push(event.reason);
      },
    }),
  );
  return reasons;
}

/** What was sent to one who asks for anything: right blocks that there are, and none too long. */
function checkBlocks(rogue: RoguePeer): void {
  for (const { index, begin, block } of rogue.all("piece")) {
    promise(index < TORRENT.info.layout.pieceCount, `piece ${index} was sent`);
    const right = pieceOf(TORRENT, index).subarray(begin, begin + block.length);
    promiseSame(block, right, `the block at ${begin} of piece ${index} that was sent`);
  }
}

function outcomeOf(rogue: RoguePeer, reasons: readonly string[]): Attempt {
  checkBlocks(rogue);
  for (const reason of reasons) checkLine(reason);
  return { outcome: rogue.state === "closed" ? "refused" : "accepted", made: reasons };
}

/** A peer that says what it likes to one that has all; another one fetches all of it there. */
function seederKind(extensions: Handshake["extensions"]): Kind {
  return {
    form: "frames",
    corpus: STREAMS,
    async attempt(bytes, random) {
      await using sim = new Simulation(1);
      const node = sim.node("node");
      const torrent = node.add(sim.store(TORRENT.info, TORRENT.data));
      const reasons = watchReasons(torrent.watch());
      const { infoHash } = TORRENT.info;
      using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, {
        infoHash,
        extensions,
      });
      await talk(sim, rogue, bytes, random);
      const good = sim.leech("good", TORRENT, { peers: [node.address] });
      await sim.until(() => good.store.held.isFull, SERVED_MS);
      await assertWhole(torrent, TORRENT);
      return outcomeOf(rogue, reasons);
    },
  };
}

/** A peer that says what it likes to one that wants all, which a good peer gives afterwards. */
function leecherKind(extensions: Handshake["extensions"]): Kind {
  return {
    form: "frames",
    corpus: STREAMS,
    async attempt(bytes, random) {
      await using sim = new Simulation(1);
      const torrent = sim.leech("node", TORRENT);
      const reasons = watchReasons(torrent.watch());
      const { infoHash } = TORRENT.info;
      using rogue = await RoguePeer.dial(sim.network.host("rogue"), sim.nodes[0]!.address, {
        infoHash,
        extensions,
      });
      await talk(sim, rogue, bytes, random);
      torrent.addPeers([sim.seed("good", TORRENT).address]);
      await sim.until(() => torrent.store.held.isFull, SERVED_MS);
      await assertWhole(torrent, TORRENT);
      return outcomeOf(rogue, reasons);
    },
  };
}

/** A peer that says what it likes to one that looks for metadata, which a good peer has. */
const SEARCH: Kind = {
  form: "frames",
  corpus: STREAMS,
  async attempt(bytes, random) {
    await using sim = new Simulation(1);
    const node = sim.node("node");
    const { infoHash } = TORRENT.info;
    const search = node.seek(infoHash);
    let found = "";
    search.info.then((info) => found = info.infoHash, (error) => found = String(error));
    using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, {
      infoHash,
      extensions: ALL,
    });
    await talk(sim, rogue, bytes, random);
    if (found === "") search.addPeers([sim.seed("good", TORRENT).address]);
    await sim.until(() => found !== "", SERVED_MS);
    promise(found === infoHash, `it found ${found}`);
    return { outcome: rogue.state === "closed" ? "refused" : "accepted" };
  },
};

/** Bytes from the first one on, as of somebody who need not speak the protocol at all. */
const STRANGER: Kind = {
  form: "bytes",
  corpus: STREAMS.slice(0, 3).map((stream) => {
    const { infoHash } = TORRENT.info;
    const peerId = infoHash as string as Handshake["peerId"];
    return concatBytes([encodeHandshake({ infoHash, peerId, extensions: ALL }), stream]);
  }),
  async attempt(bytes, random) {
    await using sim = new Simulation(1);
    const node = sim.seed("node", TORRENT);
    using connection = await sim.network.host("stranger").dial(node.address);
    let outcome: Attempt["outcome"] = "accepted";
    const reading = connection.readable.pipeTo(new WritableStream()).catch(() => undefined)
      .then(() => void (outcome = "refused"));
    const writer = connection.writable.getWriter();
    for (const part of cut(bytes, "random", random)) writer.write(part).catch(() => undefined);
    await sim.advance(random() < 0.1 ? 10_100 : 0);
    const good = sim.leech("good", TORRENT, { peers: [node.address] });
    await sim.until(() => good.store.held.isFull, SERVED_MS);
    const state = outcome;
    connection.close();
    await reading;
    return { outcome: state };
  },
};

/** A whole peer, that serves, fetches or looks for metadata, and one that says what it likes. */
export const SESSION: FuzzTarget = {
  quick: 30,
  kinds: {
    seeder: seederKind(PLAIN),
    "seeder-fast": seederKind(ALL),
    leecher: leecherKind(PLAIN),
    "leecher-fast": leecherKind(ALL),
    search: SEARCH,
    stranger: STRANGER,
    "web-seed": WEB_SEED,
  },
};

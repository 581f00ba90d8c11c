import type { DictionaryReader } from "../../bencode/mod.ts";
import { idBytes, type InfoHash } from "../../bytes/mod.ts";
import { MAX_PIECES } from "../../metainfo/mod.ts";
import { MAX_AGENT_BYTES } from "../limits.ts";
import { readInfoHash, readOptionalInfoHash } from "./info_hash_field.ts";
import type { Body } from "./message.ts";
import { type Page, type PageRange, readPage, readPageRange } from "./page.ts";
import { encodeContact, type PeerContact, readContact } from "./peer_contact.ts";
import type { QueryCodec } from "./query_codec.ts";

/** Which peers are asked for. */
export interface GetPeersArguments extends PageRange {
  /** Those of this swarm; those of all if absent. */
  readonly infoHash?: InfoHash | undefined;
}

/** A peer of one swarm. */
export interface SwarmPeer extends PeerContact {
  /** Its client, as the peer itself says. */
  readonly agent: string;
  /** The pieces it holds: all, those of a bitfield, or some that the tracker does not know. */
  readonly pieces: "complete" | "unknown" | Uint8Array;
  /** Bytes it has sent to others. */
  readonly uploaded: number;
  /** Bytes it has fetched from others. */
  readonly downloaded: number;
}

/** How much of one torrent a peer holds. */
export interface HeldTorrent {
  /** Which torrent. */
  readonly infoHash: InfoHash;
  /** The pieces it holds, as far as the tracker knows. */
  readonly held: number;
  /** The pieces there are. */
  readonly pieces: number;
}

/** A peer, whatever its swarms. */
export interface KnownPeer extends PeerContact {
  /** Its client, as the peer itself says. */
  readonly agent: string;
  /** What it holds. */
  readonly torrents: readonly HeldTorrent[];
}

/** A page of the peers of one swarm, best sources for the asker first. */
export interface SwarmPeersReply extends Page {
  /** Tells the two replies apart. */
  readonly of: "swarm";
  /** The pieces of the torrent, which is the length of each bitfield in bits. */
  readonly pieceCount: number;
  /** The peers, without the asker. */
  readonly peers: readonly SwarmPeer[];
}

/** A page of all peers, in the order in which they came. */
export interface AllPeersReply extends Page {
  /** Tells the two replies apart. */
  readonly of: "all";
  /** The peers. */
  readonly peers: readonly KnownPeer[];
}

/** `get_peers`: `{info_hash?, limit?, offset?}` to `{offset, peers, pieces, total}`, without `pieces` for all peers. */
export const getPeersCodec: QueryCodec<GetPeersArguments, SwarmPeersReply | AllPeersReply> = {
  encodeArguments(query) {
    return {
      info_hash: query.infoHash && idBytes(query.infoHash),
      offset: query.offset,
      limit: query.limit,
    };
  },
  decodeArguments(reader) {
    return { ...readPageRange(reader), infoHash: readOptionalInfoHash(reader) };
  },
  encodeReply(reply) {
    const { total, offset } = reply;
    return reply.of === "all"
      ? { total, offset, peers: reply.peers.map(encodeKnownPeer) }
      : { total, offset, pieces: reply.pieceCount, peers: reply.peers.map(encodeSwarmPeer) };
  },
  decodeReply(reader) {
    const page = readPage(reader);
    const peers = reader.dictionaries("peers");
    const pieceCount = reader.optionalInteger("pieces", { min: 0, max: MAX_PIECES });
    return pieceCount === undefined
      ? { of: "all", ...page, peers: peers.map(readKnownPeer) }
      : { of: "swarm", ...page, pieceCount, peers: peers.map(readSwarmPeer) };
  },
};

function encodeSwarmPeer(peer: SwarmPeer): Body {
  return {
    ...encodeContact(peer),
    agent: peer.agent,
    complete: peer.pieces === "complete" ? 1 : undefined,
    bitfield: typeof peer.pieces === "string" ? undefined : peer.pieces,
    uploaded: peer.uploaded,
    downloaded: peer.downloaded,
  };
}

function readSwarmPeer(reader: DictionaryReader): SwarmPeer {
  const isComplete = reader.optionalInteger("complete", { min: 1, max: 1 }) === 1;
  return {
    ...readContact(reader),
    agent: reader.text("agent", { maxBytes: MAX_AGENT_BYTES }),
    pieces: isComplete ? "complete" : readBitfield(reader) ?? "unknown",
    uploaded: reader.integer("uploaded", { min: 0 }),
    downloaded: reader.integer("downloaded", { min: 0 }),
  };
}

/** A copy: a view would keep the whole frame for as long as the list of peers is kept. */
function readBitfield(reader: DictionaryReader): Uint8Array | undefined {
  return reader.optionalBytes("bitfield", { maxLength: MAX_PIECES / 8 })?.slice();
}

function encodeKnownPeer(peer: KnownPeer): Body {
  return {
    ...encodeContact(peer),
    agent: peer.agent,
    torrents: peer.torrents.map(({ infoHash, held, pieces }) => ({
      info_hash: idBytes(infoHash),
      held,
      pieces,
    })),
  };
}

function readKnownPeer(reader: DictionaryReader): KnownPeer {
  return {
    ...readContact(reader),
    agent: reader.text("agent", { maxBytes: MAX_AGENT_BYTES }),
    torrents: reader.dictionaries("torrents").map((torrent) => ({
      infoHash: readInfoHash(torrent),
      held: torrent.integer("held", { min: 0 }),
      pieces: torrent.integer("pieces", { min: 0 }),
    })),
  };
}

import { idBytes, type PeerId, peerIdFromBytes } from "../../bytes/mod.ts";
import { MAX_AGENT_BYTES, MAX_TOKEN_BYTES } from "../limits.ts";
import type { QueryCodec } from "./query_codec.ts";

/** The version of the TCP door's protocol. */
export const PROTOCOL_VERSION = 1;

/** Who asks to be let in. */
export interface ConnectArguments {
  /** The name of the peer on the peer wire. */
  readonly peerId: PeerId;
  /** Where it listens for peers; 0 if it does not, and only looks on. */
  readonly port: number;
  /** The client, as in `Sluice/0.1.0`. */
  readonly agent: string;
  /** What the tracker wants to hear where not everybody is let in. */
  readonly token?: string | undefined;
  /** The protocol that the client speaks. */
  readonly version: number;
}

/** How the tracker keeps the connection. */
export interface ConnectReply {
  /** Seconds within which the tracker wants to hear something. */
  readonly intervalS: number;
  /** Seconds for which a peer is kept whose connection ended without a word. */
  readonly graceS: number;
  /** Where the tracker sees the peer, `ip:port`; others are given it unless it is one of loopback. */
  readonly address: string;
  /** Peers that the tracker knows, the new one included. */
  readonly peersKnown: number;
  /** Torrents that the tracker knows. */
  readonly torrentsKnown: number;
}

/** `connect`: `{agent, peer_id, port, token?, version}` to `{address, grace, interval, peers_known, torrents_known}`. */
export const connectCodec: QueryCodec<ConnectArguments, ConnectReply> = {
  encodeArguments(query) {
    return {
      peer_id: idBytes(query.peerId),
      port: query.port,
      agent: query.agent,
      token: query.token,
      version: query.version,
    };
  },
  decodeArguments(reader) {
    return {
      peerId: peerIdFromBytes(reader.bytes("peer_id", { length: 20 })),
      port: reader.integer("port", { min: 0, max: 65535 }),
      agent: reader.text("agent", { maxBytes: MAX_AGENT_BYTES }),
      token: reader.optionalText("token", { maxBytes: MAX_TOKEN_BYTES }),
      version: reader.integer("version", { min: 1 }),
    };
  },
  encodeReply(reply) {
    return {
      interval: reply.intervalS,
      grace: reply.graceS,
      address: reply.address,
      peers_known: reply.peersKnown,
      torrents_known: reply.torrentsKnown,
    };
  },
  decodeReply(reader) {
    return {
      intervalS: reader.integer("interval", { min: 1 }),
      graceS: reader.integer("grace", { min: 0 }),
      address: reader.text("address"),
      peersKnown: reader.integer("peers_known", { min: 0 }),
      torrentsKnown: reader.integer("torrents_known", { min: 0 }),
    };
  },
};

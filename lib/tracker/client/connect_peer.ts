import type { PeerId } from "../../bytes/mod.ts";
import type { PeerAddress, Transport } from "../../net/mod.ts";
import { TrackerClient } from "./tracker_client.ts";

/** What a tracker is told of a peer; a node of the peer layer is one. */
export interface ConnectablePeer {
  /** Its name on the wire. */
  readonly peerId: PeerId;
  /** Where it listens. */
  readonly address: PeerAddress;
  /** Finds peers by this client from now on. */
  discoverBy(client: TrackerClient): void;
}

/** What else there is to say to the tracker. */
export interface ConnectPeerOptions {
  /** The program, as others are told of it. */
  readonly agent?: string;
  /** What the tracker asks for, if it lets in only those who know it. */
  readonly token?: string | undefined;
  /** How the tracker is reached; TCP by default. */
  readonly transport?: Transport | undefined;
}

/**
 * Connects a peer to a tracker: from now on it tells the tracker what it holds and hears of others.
 * Closing the client takes the peer out of the tracker's swarms.
 */
export function connectPeer(
  peer: ConnectablePeer,
  tracker: PeerAddress,
  { agent = "Sluice", token, transport }: ConnectPeerOptions = {},
): TrackerClient {
  const { peerId, address } = peer;
  const client = new TrackerClient({
    ...{ address: tracker, peerId, agent, token, transport },
    port: address.port,
  });
  peer.discoverBy(client);
  return client;
}

import type { InfoHash, PeerId } from "../../bytes/mod.ts";
import { encodeCompactPeers, type Family, type PackedAddress } from "../../net/mod.ts";
import type { PeerContact } from "./peer_contact.ts";

/** What happened to a peer, as it announces it: nothing new, or one of the events of BEP 3 and BEP 21. */
export type AnnounceEvent = "none" | "started" | "stopped" | "completed" | "paused";

/** An announce, whichever door it comes by: who is where, and how far (BEP 3, BEP 15). */
export interface AnnounceRequest {
  /** Which torrent. */
  readonly infoHash: InfoHash;
  /** Who. */
  readonly peerId: PeerId;
  /** The port at which it listens, 1 to 65535. */
  readonly port: number;
  /** Bytes sent to others since it started. */
  readonly uploaded: number;
  /** Bytes fetched from others since it started. */
  readonly downloaded: number;
  /** Bytes that it lacks; 0 for a seeder. */
  readonly left: number;
  /** What happened. */
  readonly event: AnnounceEvent;
  /** How many peers it would like to hear of; the tracker decides where that is left open. */
  readonly numWant: number | undefined;
}

/** Peers of an answer: one by one, or, where all are of IPv4, packed already (BEP 23). */
export type AnnouncedPeers =
  | { readonly form: "list"; readonly peers: readonly (PeerContact & PackedAddress)[] }
  | { readonly form: "packed"; readonly ipv4: Uint8Array };

const NONE = new Uint8Array(0);

/** Packs peers, each family by itself (BEP 23, BEP 7). */
export function packPeers(peers: AnnouncedPeers): Readonly<Record<Family, Uint8Array>> {
  if (peers.form === "list") return encodeCompactPeers(peers.peers);
  return { ipv4: peers.ipv4, ipv6: NONE };
}

/** What an announce is answered with. */
export interface AnnounceReply {
  /** Seconds until the next announce. */
  readonly intervalS: number;
  /** Seconds before which there should be none. */
  readonly minIntervalS: number;
  /** Peers that hold everything, the asker left out. */
  readonly seeders: number;
  /** Peers that do not, the asker left out. */
  readonly leechers: number;
  /** The IP address of the asker as the tracker sees it, if that is of use to him (BEP 24). */
  readonly externalHost?: string | undefined;
  /** Other peers. */
  readonly peers: AnnouncedPeers;
}

/** What a scrape says of one torrent (BEP 48). */
export interface ScrapeEntry {
  /** Peers that hold everything (`complete`). */
  readonly seeders: number;
  /** How often a peer has come to hold everything (`downloaded`). */
  readonly completions: number;
  /** Peers that do not hold everything (`incomplete`). */
  readonly leechers: number;
  /** Those of them that want what they lack (`downloaders`, BEP 21). */
  readonly downloaders: number;
}

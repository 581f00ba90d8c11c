import type { Bitfield, InfoHash } from "../bytes/mod.ts";
import type { PieceLayout } from "../metainfo/mod.ts";
import type { PeerAddress } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import type { DiskObstacle } from "./disk_wait.ts";
import type { PeerLink } from "./link.ts";

/** How a torrent stands at one moment. */
export interface TorrentStatus {
  /** Its name. */
  readonly name: string;
  /** Its info-hash. */
  readonly infoHash: InfoHash;
  /** Bytes of the pieces that are wanted: of all, unless files were selected. */
  readonly length: number;
  /** Bytes of the pieces that are held. */
  readonly heldBytes: number;
  /** The pieces that are held; changes as pieces come. */
  readonly held: Bitfield;
  /** How many pieces are wanted. */
  readonly wantedCount: number;
  /** Bytes of blocks received and sent since it was opened. */
  readonly downloaded: number;
  /** Bytes of blocks sent since it was opened. */
  readonly uploaded: number;
  /** Bytes a second that arrive now. */
  readonly downRate: number;
  /** Bytes a second that are sent now. */
  readonly upRate: number;
  /** Addresses known, connected or not. */
  readonly knownPeers: number;
  /** Whether it is suspended, by its user. */
  readonly motion: "going" | "suspended";
  /** What is asked for while it is not: all that is missing, what is ordered, or nothing. */
  readonly appetite: "all" | "orders" | "nothing";
  /** What keeps pieces from being written now, and any from being fetched, if something does. */
  readonly obstacle: DiskObstacle | undefined;
  /** The connected peers. */
  readonly peers: readonly PeerStatus[];
}

/** How one connected peer stands at one moment. */
export interface PeerStatus {
  /** Where it listens, as far as known. */
  readonly address: PeerAddress;
  /** What it says it is; hostile text. */
  readonly client: string | undefined;
  /** How many pieces it has. */
  readonly heldCount: number;
  /** Bytes a second that it sends us. */
  readonly downRate: number;
  /** Bytes a second that we send it. */
  readonly upRate: number;
}

/** What {@linkcode describeTorrent} looks at. */
export interface DescribeOptions
  extends Pick<TorrentStatus, "motion" | "appetite" | "obstacle" | "uploaded" | "downloaded"> {
  /** The torrent's pieces. */
  readonly store: PieceStore;
  /** The connected peers. */
  readonly links: readonly PeerLink[];
  /** The time now. */
  readonly nowMs: number;
  /** Addresses known. */
  readonly known: number;
}

/** Describes a torrent as it stands. */
export function describeTorrent(options: DescribeOptions): TorrentStatus {
  const { store, nowMs } = options;
  const { info, held } = store;
  const peers = options.links.map((link) => ({
    address: link.address,
    client: link.session.extended.client,
    heldCount: link.bits.count,
    downRate: link.window.meter.rate(nowMs),
    upRate: link.uploads.rate(nowMs),
  }));
  return {
    name: info.name,
    infoHash: info.infoHash,
    length: bytesOf(store.wanted, info.layout),
    heldBytes: bytesOf(held, info.layout),
    held,
    wantedCount: store.wanted.count,
    downloaded: options.downloaded,
    uploaded: options.uploaded,
    downRate: peers.reduce((sum, peer) => sum + peer.downRate, 0),
    upRate: peers.reduce((sum, peer) => sum + peer.upRate, 0),
    knownPeers: options.known,
    motion: options.motion,
    appetite: options.appetite,
    obstacle: options.obstacle,
    peers,
  };
}

/** Bytes of the pieces that a store wants and does not hold. */
export function missingBytes({ info, wanted, held }: PieceStore): number {
  return bytesOf(wanted, info.layout) - bytesOf(held, info.layout);
}

function bytesOf(pieces: Bitfield, layout: PieceLayout): number {
  if (layout.pieceCount === 0) return 0;
  const last = layout.pieceIndex(layout.pieceCount - 1);
  const bytes = pieces.count * layout.pieceLength;
  return pieces.has(last) ? bytes - layout.pieceLength + layout.pieceSize(last) : bytes;
}

import type { InfoHash, PeerId } from "../../bytes/mod.ts";

/** What a torrent is called and how it is cut. */
export interface TorrentShape {
  /** The name of its file or folder. */
  readonly name: string;
  /** Bytes of all its files. */
  readonly length: number;
  /** Bytes of each piece but the last. */
  readonly pieceLength: number;
}

/** Which pieces a peer says it holds: all of them, these, or these besides those it told of before. */
export type HeldPieces =
  | { readonly kind: "complete" }
  | { readonly kind: "bitfield"; readonly bytes: Uint8Array }
  | { readonly kind: "have"; readonly pieces: readonly number[] };

/** How much a peer has fetched from another one. */
export interface FetchedFrom {
  /** From whom. */
  readonly peerId: PeerId;
  /** Bytes of this torrent since they are connected. */
  readonly bytes: number;
}

/** What a peer says of one torrent. */
export interface TorrentReport {
  /** Which torrent. */
  readonly infoHash: InfoHash;
  /** What the torrent is; needed by a tracker that does not know it. */
  readonly shape?: TorrentShape | undefined;
  /** What the peer holds of it. */
  readonly held: HeldPieces;
  /** Bytes sent to others in all, if that changed. */
  readonly uploaded?: number | undefined;
  /** Bytes fetched from others in all, if that changed. */
  readonly downloaded?: number | undefined;
  /** From whom it fetches now, if it says so; it is only shown to people. */
  readonly fetched?: readonly FetchedFrom[] | undefined;
}

/** What a peer says of one torrent by an announce, which tells of no pieces. */
export interface Announced {
  /** Which torrent. */
  readonly infoHash: InfoHash;
  /** What happened to it there (BEP 3, BEP 21). */
  readonly event: "none" | "started" | "stopped" | "completed" | "paused";
  /** Bytes that it lacks; 0 if it holds everything. */
  readonly left: number;
  /** Bytes sent to others. */
  readonly uploaded: number;
  /** Bytes fetched from others. */
  readonly downloaded: number;
}

/** How many pieces a torrent has. */
export function pieceCountOf(shape: TorrentShape): number {
  return Math.ceil(shape.length / shape.pieceLength);
}

import type { InfoHash, PieceIndex } from "../bytes/mod.ts";
import type { TorrentFile } from "./file_spans.ts";
import { PIECE_HASH_LENGTH } from "./limits.ts";
import type { PieceLayout } from "./piece_layout.ts";

/** What the info dictionary of a torrent says (BEP 3), checked: every path in it is safe. */
export interface TorrentInfo {
  /** The name of the file or folder. */
  readonly name: string;
  /** Whether the torrent is one file, or a folder of files (perhaps just one). */
  readonly shape: "file" | "folder";
  /** The files, in the order of the data. */
  readonly files: readonly TorrentFile[];
  /** Bytes of each piece but the last. */
  readonly pieceLength: number;
  /** The SHA-1 of each piece, 20 bytes each, joined. */
  readonly pieceHashes: Uint8Array;
  /** How the data is cut into pieces. */
  readonly layout: PieceLayout;
  /** `"private"`: peers come from the torrent's trackers and from nowhere else (BEP 27). */
  readonly privacy: "public" | "private";
  /** The SHA-1 of `rawInfo`, by which the swarm is known. */
  readonly infoHash: InfoHash;
  /** The info dictionary, byte for byte as it came. */
  readonly rawInfo: Uint8Array;
}

/** What a torrent file says (BEP 3, BEP 12). */
export interface Torrent {
  /** The files and their pieces. */
  readonly info: TorrentInfo;
  /** Announce URLs as they stand in the file, in tiers to be tried in order; perhaps none. */
  readonly trackers: readonly (readonly string[])[];
  /** URLs of web servers that have the data (BEP 19), as they stand in the file; perhaps none. */
  readonly webSeeds: readonly string[];
  /** What the maker has to say; text of a stranger. */
  readonly comment?: string;
  /** The program that made the file; text of a stranger. */
  readonly createdBy?: string;
  /** When the file was made, in seconds since 1970. */
  readonly creationDate?: number;
}

/** The SHA-1 of a piece, as a view of `info.pieceHashes`. */
export function pieceHash(info: TorrentInfo, index: PieceIndex): Uint8Array {
  const start = index * PIECE_HASH_LENGTH;
  return info.pieceHashes.subarray(start, start + PIECE_HASH_LENGTH);
}

import {
  DEFAULT_PIECE_LENGTH,
  MAX_PIECE_LENGTH,
  MAX_PIECES,
  MAX_TORRENT_BYTES,
  PIECE_HASH_LENGTH,
  RESERVED_TORRENT_BYTES,
} from "./limits.ts";
import { PieceLayout } from "./piece_layout.ts";

const MOST_PIECES = Math.min(
  MAX_PIECES,
  Math.floor((MAX_TORRENT_BYTES - RESERVED_TORRENT_BYTES) / PIECE_HASH_LENGTH),
);

/**
 * The length of pieces for data of so many bytes: 512 KiB, doubled only as often as it takes to keep
 * the piece hashes within the limit of torrent files.
 *
 * @throws {PieceLayoutError} if no length of pieces would do
 */
export function choosePieceLength(totalLength: number): number {
  let pieceLength = DEFAULT_PIECE_LENGTH;
  while (totalLength > MOST_PIECES * pieceLength && pieceLength < MAX_PIECE_LENGTH) {
    pieceLength *= 2;
  }
  return new PieceLayout({ totalLength, pieceLength }).pieceLength;
}

import type { BlockRequest } from "../wire/mod.ts";
import type { ActivePiece } from "./active_piece.ts";
import type { Source } from "./source.ts";

/** A block asked for so long ago is late, in milliseconds; others come, and twice were a waste. */
export const ENDGAME_LATE_MS = 500;

/** Peers that the same block is asked of. */
const MAX_DUPLICATES = 3;

/**
 * The next block of a piece to ask a peer for that others are asked for already, but not after
 * `askedMs`; `undefined` if there is none, or enough are asked for each.
 */
export function nextLate(
  piece: ActivePiece,
  source: Source,
  maxLength: number,
  askedMs: number,
): BlockRequest | undefined {
  return piece.nextDuplicate(maxLength, {
    maxPending: MAX_DUPLICATES,
    askedMs,
    own: (begin) => source.window.covers(piece.index, begin),
  });
}

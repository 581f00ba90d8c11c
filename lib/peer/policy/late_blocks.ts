import type { BlockRequest } from "../wire/mod.ts";
import type { ActivePiece } from "./active_piece.ts";
import type { Source } from "./source.ts";

/** A block asked for so long ago is late, in milliseconds; others come, and twice were a waste. */
export const ENDGAME_LATE_MS = 500;

/** Peers that the same block is asked of, each as soon as it is late; further ones wait longer and longer. */
const MAX_DUPLICATES = 3;

/** So many times as long as what makes a block late the last one may be silent, or the next need not wait. */
const SILENT_TIMES = 2;

/** What counts as late. */
export interface Late {
  /** The time, in milliseconds. */
  readonly nowMs: number;
  /** How long ago something was asked for that is late, in milliseconds. */
  readonly afterMs: number;
}

/**
 * The next block of a piece to ask a peer for that others are asked for already and that is late;
 * `undefined` if there is none. A peer that is late itself is not asked: if several have gone silent, each
 * would be asked for what the others owe, and that would seem to be asked of enough. For the same reason
 * who comes after one that has gone silent waits no longer, however many were asked before.
 */
export function nextLate(
  piece: ActivePiece,
  source: Source,
  maxLength: number,
  { nowMs, afterMs }: Late,
): BlockRequest | undefined {
  if (source.window.silenceMs(nowMs) >= afterMs) return undefined;
  return piece.nextDuplicate(maxLength, {
    isDue: ({ peers, lastMs, last }) => {
      const times = 2 ** Math.max(0, peers - MAX_DUPLICATES + 1);
      const isSilent = last !== undefined && last.silenceMs(nowMs) >= afterMs * SILENT_TIMES;
      return nowMs - lastMs >= afterMs * (isSilent ? Math.min(SILENT_TIMES, times) : times);
    },
    own: (begin) => source.window.covers(piece.index, begin),
  });
}

import type { BlockRequest } from "../wire/mod.ts";
import type { ActivePiece } from "./active_piece.ts";
import type { Source } from "./source.ts";

/** A block asked for so long ago is late, in milliseconds; others come, and twice were a waste. */
export const ENDGAME_LATE_MS = 500;

/** Peers that the same block is asked of, each as soon as it is late; further ones wait longer and longer. */
const MAX_DUPLICATES = 3;

/** So many times as long as makes a block late it is not asked of the next peer, if the one asked last is silent or gone. */
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
 * who comes after one that has gone silent, or has left, waits for a short time only, however many were
 * asked before.
 */
export function nextLate(
  piece: ActivePiece,
  source: Source,
  maxLength: number,
  { nowMs, afterMs }: Late,
): BlockRequest | undefined {
  if (source.window.silenceMs(nowMs) >= afterMs) return undefined;
  return piece.nextDuplicate(maxLength, {
    isDue: ({ begin, peers, lastMs, last }) => {
      const waitedTimes = (nowMs - lastMs) / afterMs;
      if (waitedTimes >= 2 ** Math.max(0, peers - MAX_DUPLICATES + 1)) return true;
      if (waitedTimes < SILENT_TIMES || last === undefined) return false;
      return !last.covers(piece.index, begin) || last.silenceMs(nowMs) >= afterMs * SILENT_TIMES;
    },
    own: (begin) => source.window.covers(piece.index, begin),
  });
}

import type { PieceLayout } from "../../metainfo/mod.ts";
import type { PeerKey } from "./active_piece.ts";

/** How long a peer may take for a failed piece at first: so long, and a time for its bytes at a rate. */
const PATIENCE = { ms: 1_000, bytesPerSecond: 256 * 1024 } as const;

/** After so many peers that took too long each may take twice as long. */
const TURNS_PER_DOUBLING = 2;

/** A failed piece that a peer takes too long for. */
export interface HeldUpPiece {
  /** The piece. */
  readonly index: number;
  /** Who is asked for it. */
  readonly key: PeerKey;
  /** All who were asked for it since it failed. */
  readonly tried: ReadonlySet<PeerKey>;
}

/** What {@linkcode FailedPieces} look at. */
export interface FailedPiecesOptions {
  /** How long the pieces are. */
  readonly layout: PieceLayout;
  /** Whether something of a piece is there or asked for, and no peer in particular is to give it. */
  readonly isUnderWay: (index: number) => boolean;
}

/** Whose turn it is with a piece, since when, and whose turn it was. */
interface Turns {
  readonly tried: Set<PeerKey>;
  key: PeerKey | undefined;
  sinceMs: number;
  count: number;
}

/**
 * The pieces that failed and are not held yet. Each is for one peer alone, so that there is a good copy or
 * a known liar in the end; but a liar that sends no more of it would hold it up. So a turn with it is
 * limited, and may be ended where somebody else has nothing better to do. It is the longer the more of
 * them were in vain: where all are slow, one of them has time enough.
 */
export class FailedPieces {
  readonly #options: FailedPiecesOptions;
  readonly #turns = new Map<number, Turns>();

  /** Makes one without pieces. */
  constructor(options: FailedPiecesOptions) {
    this.#options = options;
  }

  /** Whether a piece has failed and is not held. */
  has(index: number): boolean {
    return this.#turns.has(index);
  }

  /** Notes that a piece has failed; the next turn with it begins anew, whoever has it. */
  add(index: number): void {
    const { tried, count } = this.#turns.get(index) ?? { tried: new Set(), count: 0 };
    this.#turns.set(index, { tried, key: undefined, sinceMs: 0, count });
  }

  /** Notes that a piece is held. */
  delete(index: number): void {
    this.#turns.delete(index);
  }

  /** Notes that a peer is asked for a piece, failed or not. */
  asked(index: number, key: PeerKey, nowMs: number): void {
    const turns = this.#turns.get(index);
    if (turns === undefined || turns.key === key) return;
    turns.tried.add(key);
    turns.key = key;
    turns.sinceMs = nowMs;
    turns.count++;
  }

  /** Those under way that their peers take too long for. */
  *heldUp(nowMs: number): Generator<HeldUpPiece> {
    const { layout, isUnderWay } = this.#options;
    for (const [index, { tried, key, sinceMs, count }] of this.#turns) {
      if (key === undefined || !isUnderWay(index)) continue;
      const length = layout.pieceSize(layout.pieceIndex(index));
      const patienceMs = PATIENCE.ms + length * 1000 / PATIENCE.bytesPerSecond;
      const doublings = Math.floor((count - 1) / TURNS_PER_DOUBLING);
      if (nowMs - sinceMs >= patienceMs * 2 ** doublings) yield { index, key, tried };
    }
  }
}

import type { BlockRequest } from "../wire/mod.ts";
import type { ActivePiece, PeerKey } from "./active_piece.ts";
import type { Assembly } from "./assembly.ts";
import { nextLate } from "./late_blocks.ts";
import type { Source } from "./source.ts";

/** A block that a reader waits for is asked of others, too, when it was asked for so long ago. */
const LATE_MS = 3_000;

/** What {@linkcode FirstPieces} look at. */
export interface FirstPiecesOptions {
  /** The pieces that are under way, and who works on them. */
  readonly active: Pick<Assembly, "get" | "of">;
  /** Whether a piece is held. */
  readonly isHeld: (index: number) => boolean;
  /** Whether a piece is for one peer alone. */
  readonly isSolitary: (piece: ActivePiece) => boolean;
  /** Begins a piece for a peer, if it is missing and may be begun. */
  readonly begin: (index: number, key: PeerKey) => ActivePiece | undefined;
}

/** The pieces that readers wait for: they are fetched before all others, by all together. */
export class FirstPieces {
  readonly #options: FirstPiecesOptions;
  #pieces: readonly number[] = [];

  /** Makes one for which nobody waits. */
  constructor(options: FirstPiecesOptions) {
    this.#options = options;
  }

  /** The pieces, the most urgent first; those that are held, too. */
  get pieces(): readonly number[] {
    return this.#pieces;
  }

  /** Puts these first from now on, in this order. */
  want(pieces: readonly number[]): void {
    this.#pieces = pieces;
  }

  /**
   * A block of the most urgent piece of which a peer can give any. Who sends a piece that is for him
   * alone goes on with that.
   */
  next(source: Source, maxLength: number, nowMs: number): BlockRequest | undefined {
    if (this.#pieces.length === 0) return undefined;
    const { active, isHeld, isSolitary, begin } = this.#options;
    const { key, bits } = source;
    const own = active.of(key);
    if (own !== undefined && isSolitary(own)) return undefined;
    // A reader that takes nothing for now stays at a piece that has come: others wait for the next.
    const urgent = this.#pieces.find((index) => !isHeld(index));
    for (const index of this.#pieces) {
      const piece = bits.has(index) ? active.get(index) ?? begin(index, key) : undefined;
      if (piece === undefined || (isSolitary(piece) && active.of(key) !== piece)) continue;
      const request = piece.nextFree(maxLength) ??
        (index === urgent && !isSolitary(piece)
          ? nextLate(piece, source, maxLength, { nowMs, afterMs: LATE_MS })
          : undefined);
      if (request !== undefined) return request;
    }
    return undefined;
  }
}

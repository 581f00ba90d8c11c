/** Pieces in one word of a {@linkcode PieceSet}. */
const WORD_BITS = 32;

/** A set of pieces in words of 32, so that what two sets have in common is found fast. */
export class PieceSet {
  readonly #words: Uint32Array;

  /** Makes an empty set of pieces below `pieceCount`. */
  constructor(pieceCount: number) {
    this.#words = new Uint32Array(Math.ceil(pieceCount / WORD_BITS));
  }

  /** Whether a piece is in it. */
  has(index: number): boolean {
    return (this.#words[index >>> 5]! & 1 << (index & 31)) !== 0;
  }

  /** Puts a piece in. */
  add(index: number): void {
    this.#words[index >>> 5]! |= 1 << (index & 31);
  }

  /** Takes a piece out. */
  delete(index: number): void {
    this.#words[index >>> 5]! &= ~(1 << (index & 31));
  }

  /** Calls `take` with each piece that is in both sets. */
  forEachShared(other: PieceSet, take: (index: number) => void): void {
    const words = this.#words;
    const others = other.#words;
    for (let at = 0; at < words.length; at++) {
      for (let shared = words[at]! & others[at]!; shared !== 0; shared &= shared - 1) {
        take(at * WORD_BITS + 31 - Math.clz32(shared & -shared));
      }
    }
  }
}

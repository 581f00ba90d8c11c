import type { Bitfield } from "../../bytes/mod.ts";

/**
 * Picks the rarest of the candidate pieces that a peer has, ties broken at random.
 *
 * Invariant: the candidates fill the front of `#order`, sorted by availability; those of
 * availability `a` end before position `#ends[a]`. Each change of an availability swaps a piece over
 * one border and costs the same however many pieces there are; a piece that becomes a candidate, or
 * ceases to be one, crosses one border for each availability above its own.
 */
export class RarestFirst {
  readonly #order: Uint32Array;
  readonly #position: Uint32Array;
  readonly #availability: Uint16Array;
  readonly #ends: number[];
  readonly #random: () => number;

  /** Makes a picker in which every piece is a candidate that nobody has. */
  constructor(pieceCount: number, random: () => number) {
    this.#random = random;
    this.#order = Uint32Array.from({ length: pieceCount }, (_, index) => index);
    for (let last = pieceCount - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1));
      const piece = this.#order[last]!;
      this.#order[last] = this.#order[other]!;
      this.#order[other] = piece;
    }
    this.#position = new Uint32Array(pieceCount);
    this.#order.forEach((piece, position) => this.#position[piece] = position);
    this.#availability = new Uint16Array(pieceCount);
    this.#ends = [pieceCount];
  }

  /** How many pieces are candidates. */
  get candidates(): number {
    return this.#ends.at(-1)!;
  }

  /** How many candidates there are that some peer has. */
  get obtainable(): number {
    return this.candidates - this.#ends[0]!;
  }

  /** How many peers have a piece, as far as they were counted. */
  availability(index: number): number {
    return this.#availability[index] ?? 0;
  }

  /** Counts a peer that has these pieces; must be undone by {@linkcode removeHolder}. */
  addHolder(bits: Bitfield): void {
    for (const index of bits.ones()) this.countHolder(index);
  }

  /** Counts one more peer that has this piece. */
  countHolder(index: number): void {
    const availability = this.#availability[index]!;
    if (this.#isCandidate(index)) {
      if (availability + 1 === this.#ends.length) this.#ends.push(this.#ends[availability]!);
      this.#ends[availability]!--;
      this.#swap(index, this.#ends[availability]!);
    }
    this.#availability[index]!++;
  }

  /** Takes a peer's pieces out of the count; must be called when it has left. */
  removeHolder(bits: Bitfield): void {
    for (const index of bits.ones()) this.uncountHolder(index);
  }

  /** Counts a peer no more that had this piece. */
  uncountHolder(index: number): void {
    const availability = this.#availability[index]!;
    if (this.#isCandidate(index)) {
      this.#swap(index, this.#ends[availability - 1]!);
      this.#ends[availability - 1]!++;
    }
    this.#availability[index]!--;
  }

  /** Takes a piece out of the choice, because it is held, under way or unwanted. */
  exclude(index: number): void {
    if (!this.#isCandidate(index)) return;
    for (let level = this.#availability[index]!; level < this.#ends.length; level++) {
      this.#ends[level]!--;
      this.#swap(index, this.#ends[level]!);
    }
  }

  /** Puts a piece back into the choice, because its download failed or was given up. */
  include(index: number): void {
    if (this.#isCandidate(index)) return;
    const availability = this.#availability[index]!;
    while (this.#ends.length <= availability) this.#ends.push(this.#ends.at(-1)!);
    for (let level = this.#ends.length - 1; level >= availability; level--) {
      this.#swap(index, this.#ends[level]!);
      this.#ends[level]!++;
    }
  }

  /**
   * The rarest candidate that is among these pieces and that at least `least` peers have, 1 by
   * default; `undefined` if there is none.
   */
  pick(bits: Pick<Bitfield, "has">, least = 1): number | undefined {
    for (let level = least; level < this.#ends.length; level++) {
      const start = this.#ends[level - 1] ?? 0;
      const size = this.#ends[level]! - start;
      const first = Math.floor(this.#random() * size);
      for (let step = 0; step < size; step++) {
        const index = this.#order[start + (first + step) % size]!;
        if (bits.has(index)) return index;
      }
    }
    return undefined;
  }

  /** Checks the class's invariant, for tests. */
  assertInvariant(): void {
    this.#order.forEach((piece, position) => {
      if (this.#position[piece] !== position) throw new Error(`Piece ${piece} is misplaced`);
      if (position >= this.candidates) return;
      const level = this.#availability[piece]!;
      const start = level === 0 ? 0 : this.#ends[level - 1]!;
      if (position < start || position >= this.#ends[level]!) {
        throw new Error(`Piece ${piece} of availability ${level} is at position ${position}`);
      }
    });
  }

  #isCandidate(index: number): boolean {
    return this.#position[index]! < this.candidates;
  }

  #swap(index: number, position: number): void {
    const from = this.#position[index]!;
    const other = this.#order[position]!;
    this.#order[from] = other;
    this.#position[other] = from;
    this.#order[position] = index;
    this.#position[index] = position;
  }
}

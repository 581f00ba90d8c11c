/** The pieces that one reader wants next, in order. */
export interface PieceRange {
  /** The piece at its position. */
  readonly first: number;
  /** The piece before which the range ends. */
  readonly end: number;
}

/**
 * Which pieces readers want next, and in which order: first the one at the position of each reader,
 * then the one behind that of each, and so on; none twice.
 */
export class ReadAhead {
  readonly #ranges = new Map<number, PieceRange>();

  /** Notes what a reader wants from now on; tells whether that is news. */
  place(reader: number, range: PieceRange): boolean {
    const before = this.#ranges.get(reader);
    this.#ranges.set(reader, range);
    return before?.first !== range.first || before.end !== range.end;
  }

  /** Forgets a reader that has gone; tells whether it was there. */
  drop(reader: number): boolean {
    return this.#ranges.delete(reader);
  }

  /** The pieces, the most urgent first. */
  get pieces(): number[] {
    const pieces = new Set<number>();
    const ranges = [...this.#ranges.values()];
    const longest = Math.max(0, ...ranges.map(({ first, end }) => end - first));
    for (let step = 0; step < longest; step++) {
      for (const { first, end } of ranges) if (first + step < end) pieces.add(first + step);
    }
    return [...pieces];
  }
}

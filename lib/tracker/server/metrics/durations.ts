/** The upper bounds of the classes, in seconds: an announce takes some ten microseconds, a pause whole ones. */
const BOUNDS_S: readonly number[] = [
  ...[0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5],
  ...[0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
];

/** How many durations there were up to a bound, that included. */
export interface DurationClass {
  /** The bound, in seconds; `Infinity` for the last one. */
  readonly boundS: number;
  /** All that were not longer. */
  readonly count: number;
}

/**
 * Durations in classes, of which adding one costs a few comparisons and no memory.
 *
 * Invariant: each duration counts in one class, the first one whose bound it does not exceed.
 */
export class Durations {
  readonly #counts: Float64Array = new Float64Array(BOUNDS_S.length + 1);
  #sumS = 0;

  /** The sum of all durations, in seconds. */
  get sumS(): number {
    return this.#sumS;
  }

  /** Adds a duration in milliseconds. */
  add(ms: number): void {
    const seconds = ms / 1_000;
    let at = 0;
    while (at < BOUNDS_S.length && seconds > BOUNDS_S[at]!) at++;
    this.#counts[at]!++;
    this.#sumS += seconds;
  }

  /** How many there were up to each bound, the shortest first. */
  classes(): DurationClass[] {
    let count = 0;
    return [...BOUNDS_S, Infinity].map((boundS, at) => {
      count += this.#counts[at] ?? 0;
      return { boundS, count };
    });
  }
}

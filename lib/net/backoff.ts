/** What a {@linkcode Backoff} keeps to. */
export interface BackoffOptions {
  /** The longest first wait, in milliseconds. */
  readonly minMs: number;
  /** The longest wait of all, in milliseconds. */
  readonly maxMs: number;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
}

/**
 * Waits that double from failure to failure, each between half of its length and the whole of it at
 * random, so that many who failed together do not come back together.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #nextMs: number;

  /** Makes a back-off that starts with its shortest wait. */
  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#nextMs = options.minMs;
  }

  /** The next wait in milliseconds. */
  next(): number {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(this.#options.maxMs, ms * 2);
    return ms / 2 + this.#options.random() * ms / 2;
  }

  /** Starts again with the shortest wait; must be called after a success. */
  reset(): void {
    this.#nextMs = this.#options.minMs;
  }
}

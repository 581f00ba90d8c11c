/** What a {@linkcode Rates} allows, and how much it remembers. */
export interface RatesOptions {
  /** Events a second that one key may keep up. */
  readonly perSecond: number;
  /** Events of one key that may come at once after a rest. */
  readonly burst: number;
  /** Keys that are remembered at most. */
  readonly capacity: number;
}

/**
 * How often something happens by keys, such as addresses.
 *
 * In any span of time a key is granted at most `burst` events and those that `perSecond` gives in the
 * span; what was not granted counts for nothing. No more than `capacity` keys are remembered. One that
 * has rested is forgotten without a loss; of too many the oldest are forgotten early, and begin anew:
 * nobody is refused something because of what other keys did.
 */
export class Rates {
  readonly #options: RatesOptions;
  /** How long an event takes of a key's time, in milliseconds. */
  readonly #spacingMs: number;
  /** How far ahead of the clock a key may be. */
  readonly #burstMs: number;
  /** When each key has its whole burst again; seen since `#sinceMs`, and before that. */
  #recent = new Map<string, number>();
  #older = new Map<string, number>();
  #sinceMs = -Infinity;

  /** Makes one that has seen nobody. */
  constructor(options: RatesOptions) {
    this.#options = options;
    this.#spacingMs = 1000 / options.perSecond;
    this.#burstMs = options.burst * this.#spacingMs;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  /** Whether a key is granted an event now, which does not happen yet. */
  allows(key: string, nowMs: number): boolean {
    return this.#readyAtMs(key, nowMs) + this.#spacingMs <= nowMs + this.#burstMs;
  }

  /** Whether a key is granted an event, or one that counts as so many, which is counted then. */
  take(key: string, nowMs: number, count = 1): boolean {
    const readyAtMs = this.#readyAtMs(key, nowMs) + count * this.#spacingMs;
    if (readyAtMs > nowMs + this.#burstMs) return false;
    this.#forget(nowMs);
    this.#recent.set(key, readyAtMs);
    return true;
  }

  #readyAtMs(key: string, nowMs: number): number {
    return Math.max(nowMs, this.#recent.get(key) ?? this.#older.get(key) ?? nowMs);
  }

  /** Begins a new generation when the last but one has rested, or the memory is used up. */
  #forget(nowMs: number): void {
    const isFull = this.#recent.size >= this.#options.capacity / 2;
    if (!isFull && nowMs - this.#sinceMs < this.#burstMs) return;
    this.#older = this.#recent;
    this.#recent = new Map();
    this.#sinceMs = nowMs;
  }
}

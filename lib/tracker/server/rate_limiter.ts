/** What a {@linkcode RateLimiter} allows. */
export interface RateLimiterOptions {
  /** Events that may come at once after a rest. */
  readonly burst: number;
  /** Events a second in the long run. */
  readonly perSecond: number;
}

/** A token bucket: it starts full, each event takes a token or more, and they come back at a steady rate. */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  #tokens: number;
  #filledAtMs: number;

  /** Makes a full bucket. */
  constructor(options: RateLimiterOptions, nowMs: number) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#filledAtMs = nowMs;
  }

  /** Counts an event, and gives the time that it has to wait for its tokens, in milliseconds. */
  take(nowMs: number, tokens = 1): number {
    const { burst, perSecond } = this.#options;
    const refill = (nowMs - this.#filledAtMs) * perSecond / 1000;
    this.#tokens = Math.min(burst, this.#tokens + refill) - tokens;
    this.#filledAtMs = nowMs;
    return Math.max(0, -this.#tokens * 1000 / perSecond);
  }
}

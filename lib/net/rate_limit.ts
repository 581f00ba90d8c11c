import { type Clock, sleep } from "./clock.ts";

/** What a {@linkcode RateLimit} keeps to. */
export interface RateLimitOptions {
  /** Bytes a second on the long run. */
  readonly bytesPerSecond: number;
  /** The clock that measures and waits. */
  readonly clock: Clock;
}

/**
 * A rate that several streams share, in turn.
 *
 * Whoever takes bytes gets them as soon as the budget is not overdrawn, and may overdraw it: so a
 * chunk larger than a second's budget passes too, and the next one waits the longer.
 */
export class RateLimit {
  readonly #options: RateLimitOptions;
  #budget: number;
  #updatedMs: number;
  #line: Promise<void> = Promise.resolve();

  /** Makes a limit with the budget of a tenth of a second. */
  constructor(options: RateLimitOptions) {
    this.#options = options;
    this.#budget = options.bytesPerSecond / 10;
    this.#updatedMs = options.clock.now();
  }

  /** Waits for the budget and takes the bytes out of it; returns at once when the signal is aborted. */
  take(bytes: number, signal: AbortSignal): Promise<void> {
    this.#line = this.#line.then(() => this.#takeNext(bytes, signal));
    return this.#line;
  }

  async #takeNext(bytes: number, signal: AbortSignal): Promise<void> {
    const { bytesPerSecond, clock } = this.#options;
    this.#refill();
    while (this.#budget < 0 && !signal.aborted) {
      await sleep(clock, Math.max(1, -this.#budget * 1000 / bytesPerSecond), signal);
      this.#refill();
    }
    this.#budget -= bytes;
  }

  #refill(): void {
    const { bytesPerSecond, clock } = this.#options;
    const nowMs = clock.now();
    const earned = (nowMs - this.#updatedMs) * bytesPerSecond / 1000;
    this.#budget = Math.min(bytesPerSecond / 10, this.#budget + earned);
    this.#updatedMs = nowMs;
  }
}

/** Passes bytes on no faster than the limit; what waits stays in the socket, so that the sender slows down. */
export class RateLimitStream extends TransformStream<Uint8Array, Uint8Array> {
  /** Makes a stream that shares the limit with others. */
  constructor(limit: RateLimit, signal: AbortSignal) {
    super({
      async transform(chunk, controller) {
        await limit.take(chunk.length, signal);
        controller.enqueue(chunk);
      },
    });
  }
}

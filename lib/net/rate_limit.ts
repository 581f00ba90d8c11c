import { type Clock, sleep } from "./clock.ts";

/** What a {@linkcode RateLimit} keeps to. */
export interface RateLimitOptions {
  /** Bytes a second on the long run; `Infinity` for no limit. */
  readonly bytesPerSecond: number;
  /** The clock that measures and waits. */
  readonly clock: Clock;
}

/** A limit as one stream sees it, which waits no longer than it lives. */
export interface Pace {
  /** Whether there is a limit now. */
  readonly isLimited: boolean;
  /** Waits until so many bytes may pass. */
  take(bytes: number): Promise<void>;
}

/**
 * A rate that several streams share, in turn; it may be changed at any time.
 *
 * Whoever takes bytes gets them as soon as the budget is not overdrawn, and may overdraw it: so a
 * chunk larger than a second's budget passes too, and the next one waits the longer.
 */
export class RateLimit {
  readonly #clock: Clock;
  #bytesPerSecond: number;
  #budget: number;
  #updatedMs: number;
  #line: Promise<void> = Promise.resolve();
  /** Ends the waits that were reckoned with another rate. */
  #changed = new AbortController();

  /** Makes a limit with the budget of a tenth of a second. */
  constructor({ bytesPerSecond, clock }: RateLimitOptions) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#budget = bytesPerSecond / 10;
    this.#updatedMs = clock.now();
  }

  /** The rate, in bytes a second; `Infinity` if there is no limit. */
  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** Whether there is a limit. */
  get isLimited(): boolean {
    return this.#bytesPerSecond !== Infinity;
  }

  /** Whether so much has passed that others have to wait now. */
  get isOverdrawn(): boolean {
    this.#refill();
    return this.#budget < 0;
  }

  /**
   * Keeps to another rate from now on, also for those who wait; `Infinity` for none.
   *
   * @throws {RangeError} if it is not above 0: nobody could ever pass
   */
  change(bytesPerSecond: number): void {
    if (!(bytesPerSecond > 0)) {
      throw new RangeError(
        `Cannot limit a rate to ${bytesPerSecond} bytes a second: it must be more`,
      );
    }
    this.#refill();
    // What was overdrawn at a high rate, or never counted, is not to be paid off at a low one.
    const most = bytesPerSecond / 10;
    this.#budget = Math.max(-most, Math.min(most, this.#budget));
    this.#bytesPerSecond = bytesPerSecond;
    this.#changed.abort();
    this.#changed = new AbortController();
  }

  /** Waits for the budget and takes the bytes out of it; returns at once when the signal is aborted. */
  take(bytes: number, signal: AbortSignal): Promise<void> {
    this.#line = this.#line.then(() => this.#takeNext(bytes, signal));
    return this.#line;
  }

  /** This limit for a stream that ends with the signal. */
  paceUntil(signal: AbortSignal): Pace {
    const isLimited = (): boolean => this.isLimited;
    return {
      get isLimited() {
        return isLimited();
      },
      take: (bytes) => this.take(bytes, signal),
    };
  }

  async #takeNext(bytes: number, signal: AbortSignal): Promise<void> {
    this.#refill();
    while (this.#budget < 0 && !signal.aborted) {
      const waitMs = Math.max(1, -this.#budget * 1000 / this.#bytesPerSecond);
      await sleep(this.#clock, waitMs, AbortSignal.any([signal, this.#changed.signal]));
      this.#refill();
    }
    this.#budget -= bytes;
  }

  #refill(): void {
    const nowMs = this.#clock.now();
    const elapsedMs = nowMs - this.#updatedMs;
    this.#updatedMs = nowMs;
    if (!this.isLimited) this.#budget = Infinity;
    else {
      const earned = elapsedMs * this.#bytesPerSecond / 1000;
      this.#budget = Math.min(this.#bytesPerSecond / 10, this.#budget + earned);
    }
  }
}

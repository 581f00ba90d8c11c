import type { Clock } from "../../net/mod.ts";

/** Rings once for all that it was set to since it last rang, when the first of it is due. */
export class Alarm implements Disposable {
  readonly #clock: Clock;
  #ring = Promise.withResolvers<void>();
  #timer: Disposable | undefined = undefined;
  #dueMs = Infinity;

  /** Makes an alarm that is not set. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sees to it that it rings in that time at the latest. */
  within(ms: number): void {
    const dueMs = this.#clock.now() + ms;
    if (dueMs >= this.#dueMs) return;
    this.#timer?.[Symbol.dispose]();
    this.#dueMs = dueMs;
    this.#timer = this.#clock.setTimer(() => this.#ring.resolve(), ms);
  }

  /** Waits until it rings or the signal is aborted; it is not set then. */
  async wait(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#ring.resolve();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    await this.#ring.promise;
    signal.removeEventListener("abort", stop);
    this[Symbol.dispose]();
    this.#ring = Promise.withResolvers();
  }

  /** Unsets it. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#dueMs = Infinity;
  }
}

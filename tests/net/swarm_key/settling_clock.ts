import { type Clock, systemClock } from "../../../lib/net/mod.ts";

/** The clock of the machine, which knows when nothing waits on it any more. */
export class SettlingClock implements Clock {
  #waiting = 0;
  #settled = Promise.withResolvers<void>();

  now(): number {
    return systemClock.now();
  }

  setTimer(run: () => void, ms: number): Disposable {
    this.#waiting++;
    const timer = systemClock.setTimer(run, ms);
    let left = 1;
    return {
      [Symbol.dispose]: () => {
        timer[Symbol.dispose]();
        this.#waiting -= left;
        left = 0;
        if (this.#waiting === 0) this.#settled.resolve();
      },
    };
  }

  /** Waits until every timer was disposed of. */
  async settle(): Promise<void> {
    while (this.#waiting > 0) {
      this.#settled = Promise.withResolvers();
      await this.#settled.promise;
    }
  }
}

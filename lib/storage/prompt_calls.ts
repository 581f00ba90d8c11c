/** The longest transfer that is made at once, in bytes: copying that many takes some 10 us. */
const LONGEST = 64 * 1024;

/** What takes longer has waited for the disk, in milliseconds. */
const SLOW_MS = 1;

/** Calls after a slow one that are left to the runtime's threads, at first and at most. */
const PAUSE = { first: 64, longest: 8_192 } as const;

/**
 * Decides which reads or writes of files are made at once, and which are left to the runtime's threads.
 *
 * Most of those that are short concern the system's memory alone and take some microseconds, while the
 * way to another thread and back takes some ten times as long. But whoever makes one at once waits for
 * a disk that is slow, and all connections with him. So after a slow one others are left to the threads,
 * twice as many after each slow one and half as many after each that was not.
 */
export class PromptCalls {
  readonly #now: () => number;
  #pause = 0;
  /** Calls that are left to threads until one is tried again. */
  #left = 0;

  /** Makes one that has seen no slow call; `now` gives milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether a transfer of so many bytes is to be made at once, by {@linkcode PromptCalls.make}. */
  suits(length: number): boolean {
    if (length > LONGEST) return false;
    if (this.#left === 0) return true;
    this.#left--;
    return false;
  }

  /** Makes a call at once, and takes note of how long it takes. */
  make<T>(call: () => T): T {
    const startMs = this.#now();
    try {
      return call();
    } finally {
      const isSlow = this.#now() - startMs >= SLOW_MS;
      this.#pause = isSlow
        ? Math.min(PAUSE.longest, Math.max(PAUSE.first, 2 * this.#pause))
        : this.#pause >> 1;
      if (isSlow) this.#left = this.#pause;
    }
  }
}

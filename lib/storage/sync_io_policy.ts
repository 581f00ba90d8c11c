/** The longest transfer that is made at once, in bytes: copying that many takes some 10 us. */
const LONGEST = 64 * 1024;

/** Calls in a row that are made at once; the next one is left to a thread, so that others have a turn. */
const ROW = 64;

/** What takes so long, in milliseconds, has waited for the disk, and too long for those who wait meanwhile. */
const SLOW_MS = 1;

/** Calls after a slow one that are left to the runtime's threads, at first and at most. */
const PAUSE = { first: 64, longest: 8_192 } as const;

/**
 * Decides which reads or writes of files are made at once, and which are left to the runtime's threads.
 *
 * Most of those that are short concern the system's memory alone and take some microseconds, while the
 * way to another thread and back takes some ten times as long. But whoever makes one at once waits for
 * a disk that is slow, and all connections with him. So after a slow one others are left to the threads,
 * twice as many after each slow one and half as many after a row of 64 without any. After such a row one
 * is left to them in any case: who makes many calls one after the other waits then, and others have a
 * turn; where several do so at a time, after as many rows as there are of them.
 */
export class SyncIoPolicy {
  readonly #now: () => number;
  #pause = 0;
  /** Calls that are left to threads until one is tried again. */
  #left = 0;
  /** Calls in a row that were made at once and were not slow. */
  #row = 0;

  /** Makes one that has seen no slow call; `now` gives milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Whether a transfer of so many bytes is to be made at once, by {@linkcode SyncIoPolicy.make}; to be asked
   * once for each, as those that are not count, too.
   */
  admits(length: number): boolean {
    if (length > LONGEST) return false;
    if (this.#left === 0) return true;
    this.#left--;
    return false;
  }

  /** Makes a call at once, after it was admitted, and takes note of how long it takes. */
  make<T>(call: () => T): T {
    const startMs = this.#now();
    try {
      return call();
    } finally {
      if (this.#now() - startMs >= SLOW_MS) this.#noteSlow();
      else if (++this.#row === ROW) this.#endRow();
    }
  }

  #noteSlow(): void {
    this.#row = 0;
    this.#pause = Math.min(PAUSE.longest, Math.max(PAUSE.first, 2 * this.#pause));
    this.#left = this.#pause;
  }

  #endRow(): void {
    this.#row = 0;
    this.#pause >>= 1;
    this.#left = Math.max(1, this.#left);
  }
}

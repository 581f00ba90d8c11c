import { MAX_BELIEVED_BYTES } from "../../limits.ts";

/** Over how long rates are smoothed, in milliseconds. */
const SMOOTH_MS = 3_000;

/** The shortest silence after which nothing moves any more, in milliseconds. */
const SILENCE_MS = 3_000;

/** The shortest time over which a rate is measured, in milliseconds. */
const SHORTEST_MS = 500;

/**
 * How fast a count grows of which one hears now and then, a second apart or minutes.
 *
 * The rate is that between two changes, smoothed over some seconds; it is kept for twice the time that
 * lay between them. The first change after a silence tells nothing, since nobody knows when it began.
 */
export class RateMeter {
  #total: number;
  #changedAtMs: number;
  #phase: "silent" | "counting" | "moving";
  #gapMs = 0;
  #rate = 0;

  /** Begins with a count, of which one has just heard, or since when it stood so is not known. */
  constructor(total: number, nowMs: number, begins: "heard" | "found" = "found") {
    this.#phase = begins === "heard" ? "counting" : "silent";
    this.#total = total;
    this.#changedAtMs = nowMs;
  }

  /** Takes down the count as it is now, and gives the rate, a whole number a second. */
  note(total: number, nowMs: number): number {
    const elapsedMs = nowMs - this.#changedAtMs;
    if (total === this.#total) {
      const quietMs = Math.max(SILENCE_MS, 2 * this.#gapMs);
      if (this.#phase === "moving" && elapsedMs > quietMs) this.#begin(total, nowMs, "silent");
    } else if (total < this.#total) {
      this.#begin(total, nowMs, "silent");
    } else if (this.#phase === "silent") {
      this.#begin(total, nowMs, "counting");
    } else if (elapsedMs >= SHORTEST_MS) {
      this.#measure(total, nowMs);
    }
    return Math.round(this.#rate);
  }

  /** The rate as it was last. */
  get rate(): number {
    return Math.round(this.#rate);
  }

  #begin(total: number, nowMs: number, phase: "silent" | "counting"): void {
    this.#total = total;
    this.#changedAtMs = nowMs;
    this.#phase = phase;
    this.#rate = 0;
  }

  #measure(total: number, nowMs: number): void {
    const elapsedMs = nowMs - this.#changedAtMs;
    const bytes = Math.min(total - this.#total, MAX_BELIEVED_BYTES);
    const latest = bytes * 1000 / elapsedMs;
    const weight = this.#phase === "moving" ? 1 - Math.exp(-elapsedMs / SMOOTH_MS) : 1;
    this.#rate += (latest - this.#rate) * weight;
    this.#phase = "moving";
    this.#gapMs = elapsedMs;
    this.#changedAtMs = nowMs;
    this.#total = total;
  }
}

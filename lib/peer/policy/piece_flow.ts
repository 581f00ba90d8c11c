import { RateMeter } from "./rate_meter.ts";

/** How much the last piece counts in how long one takes. */
const LAST_COUNTS = 0.2;

/** How long nothing is expected of whoever is silent, in milliseconds: twice as long each time. */
const SILENT_MS = { min: 2_000, max: 30_000 } as const;

/** Pieces that come one way, to somebody or from somebody: how fast they come, and how long each takes. */
export class PieceFlow {
  readonly #meter = new RateMeter();
  #typicalMs = 0;
  #leastMs = Infinity;
  /** How long the last two took. */
  #lastMs: readonly number[] = [];
  /** How many pieces are under way, those to or from slow hosts counted for less. */
  load = 0;
  #silentUntilMs = -Infinity;
  #silentMs = 0;

  /** How long a piece takes, of late, from when it is decided on until it has come; 0 if none has. */
  get typicalMs(): number {
    return this.#typicalMs;
  }

  /**
   * How long the fastest piece took, the middle one of three in a row, for a single one may have been begun
   * before it was told; infinite until then.
   */
  get leastMs(): number {
    return this.#leastMs;
  }

  /** When a piece came last; `-Infinity` if none has. */
  get movedMs(): number {
    return this.#meter.movedMs;
  }

  /** What is to be expected: nothing, because what should have come has not, a try after that, or all. */
  expected(nowMs: number): "nothing" | "one" | "all" {
    if (nowMs < this.#silentUntilMs) return "nothing";
    return this.#silentMs > 0 ? "one" : "all";
  }

  /** Notes that what should have come has not. */
  missed(nowMs: number): void {
    if (nowMs < this.#silentUntilMs) return;
    this.#silentMs = Math.min(SILENT_MS.max, Math.max(SILENT_MS.min, 2 * this.#silentMs));
    this.#silentUntilMs = nowMs + this.#silentMs;
  }

  /** Pieces a second. */
  rate(nowMs: number): number {
    return this.#meter.rate(nowMs);
  }

  /** Notes that a piece has come; how long it took is not known. */
  moved(nowMs: number): void {
    this.#silentMs = 0;
    this.#silentUntilMs = -Infinity;
    this.#meter.add(1, nowMs);
  }

  /** Notes that a piece has come which took so long. */
  add(tookMs: number, nowMs: number): void {
    this.moved(nowMs);
    const [before = Infinity, last = Infinity] = this.#lastMs;
    const middleMs = Math.max(Math.min(before, last), Math.min(Math.max(before, last), tookMs));
    this.#leastMs = Math.min(this.#leastMs, middleMs);
    this.#lastMs = [last, tookMs];
    const share = this.#typicalMs === 0 ? 1 : LAST_COUNTS;
    this.#typicalMs += (tookMs - this.#typicalMs) * share;
  }
}

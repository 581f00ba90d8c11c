/** The time over which a rate is measured, in milliseconds, unless news are rarer. */
const SPAN_MS = 10_000;

/** How many times as long as between the last two news it may be quiet before that is a standstill. */
const PATIENCE = 2;

/**
 * The rate at which a total grows that is told now and then: bytes that a peer says it has sent, say.
 * Some tell it every second and some twice a minute, so it counts when the total changes, not how
 * often it is asked for.
 *
 * Invariant: the changes are in the order of time; all but the last two are within the span.
 */
export class TotalRate {
  readonly #changes: { readonly atMs: number; readonly total: number }[] = [];
  #total: number | undefined;

  /** Takes a total in; one that is less than before begins anew, for its counter did. */
  note(total: number, nowMs: number): void {
    const last = this.#total;
    this.#total = total;
    if (last === undefined || total === last) return;
    if (total < last) {
      this.#changes.length = 0;
      return;
    }
    this.#changes.push({ atMs: nowMs, total });
    const isOld = (at: number): boolean => nowMs - (this.#changes[at]?.atMs ?? nowMs) > SPAN_MS;
    while (this.#changes.length > 2 && isOld(0)) this.#changes.shift();
  }

  /** Units a second; 0 as long as the total has not changed twice, or when it does so no more. */
  perSecond(nowMs: number): number {
    const first = this.#changes[0];
    const previous = this.#changes.at(-2);
    const last = this.#changes.at(-1);
    if (first === undefined || last === undefined || previous === undefined) return 0;
    const quietMs = Math.max(SPAN_MS, PATIENCE * (last.atMs - previous.atMs));
    if (nowMs - last.atMs > quietMs || last.atMs === first.atMs) return 0;
    return (last.total - first.total) * 1000 / (last.atMs - first.atMs);
  }
}

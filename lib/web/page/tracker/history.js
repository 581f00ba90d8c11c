// @ts-check

/** The series there are, each a number a point of time. */
const NAMES = ["peers", "seeders", "leechers", "downRate", "announcesPerSecond", "memory"];

/** How much is kept. */
const KEPT_MS = 3_600_000;

/** The last hour of a tracker, as it told and as it goes on. */
export class History {
  /** @type {number[]} */
  atMs = [];
  /** @type {Record<string, number[]>} */
  series = {};
  /** How often something has changed. */
  version = 0;
  #stepMs = 10_000;
  #announces = { atMs: 0, count: 0 };

  /**
   * Takes what the tracker tells, instead of all that was known.
   *
   * @param {{stepSeconds: number, series: Record<string, number[]>}} history
   */
  reset({ stepSeconds, series }) {
    this.#stepMs = 1000 * stepSeconds;
    this.atMs = [...series.atMs ?? []];
    this.series = Object.fromEntries(NAMES.map((name) => [name, [...series[name] ?? []]]));
    this.#announces = { atMs: 0, count: 0 };
    this.version++;
  }

  /**
   * Goes on with totals of later; those that come before a step is over are left out.
   *
   * @param {Record<string, number>} totals
   */
  add(totals) {
    const { atMs = 0, announces = 0 } = totals;
    const last = this.atMs.at(-1) ?? 0;
    if (this.#announces.atMs === 0) this.#announces = { atMs, count: announces };
    if (atMs - last < this.#stepMs) return;
    const seconds = (atMs - this.#announces.atMs) / 1000;
    const rate = seconds > 0 ? Math.max(0, announces - this.#announces.count) / seconds : 0;
    this.#announces = { atMs, count: announces };
    this.atMs.push(atMs);
    for (const name of NAMES) {
      const value = name === "announcesPerSecond" ? rate : totals[name] ?? 0;
      (this.series[name] ??= []).push(value);
    }
    this.#forgetBefore(atMs - KEPT_MS);
    this.version++;
  }

  /** @param {number} startMs */
  #forgetBefore(startMs) {
    const old = this.atMs.findIndex((atMs) => atMs >= startMs);
    if (old <= 0) return;
    this.atMs.splice(0, old);
    for (const name of NAMES) this.series[name]?.splice(0, old);
  }
}

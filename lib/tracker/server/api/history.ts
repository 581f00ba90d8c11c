import { setRepeating } from "../../../net/mod.ts";
import { HISTORY_SAMPLES, HISTORY_STEP_MS } from "../../api_limits.ts";
import type { TrackerContext } from "../context.ts";
import type { TrackerTotals } from "./tracker_totals.ts";

/** What is kept of a moment; each is a chart. */
const SERIES: readonly (keyof Sample)[] = [
  ...["atMs", "peers", "seeders", "leechers", "downRate", "announcesPerSecond", "memory"] as const,
];

/** What is kept of a moment. */
export interface Sample {
  /** When, in milliseconds of the Unix clock. */
  readonly atMs: number;
  readonly peers: number;
  readonly seeders: number;
  readonly leechers: number;
  /** Bytes a second that were fetched since the moment before. */
  readonly downRate: number;
  /** Announces and reports a second since the moment before. */
  readonly announcesPerSecond: number;
  /** Bytes of memory of the process. */
  readonly memory: number;
}

/** The last hour, as the API shows it. */
export interface ShownHistory {
  /** Seconds between two samples. */
  readonly stepSeconds: number;
  /** The samples by what they tell, the oldest first. */
  readonly series: Readonly<Record<keyof Sample, readonly number[]>>;
}

/** The last hour of a tracker: a sample each 10 s, of which the oldest gives way. */
export class History {
  readonly #context: TrackerContext;
  readonly #totals: TrackerTotals;
  readonly #samples: Sample[] = [];
  #last: { readonly atMs: number; readonly announces: number; readonly downloaded: number };

  /** Makes the history of nothing; it begins with {@linkcode begin}. */
  constructor(context: TrackerContext, totals: TrackerTotals) {
    this.#context = context;
    this.#totals = totals;
    this.#last = { atMs: context.clock.now(), announces: 0, downloaded: 0 };
  }

  /** Takes samples until what it gives is disposed of. */
  begin(): Disposable {
    return setRepeating(this.#context.clock, () => this.#take(), HISTORY_STEP_MS);
  }

  /** The samples so far. */
  shown(): ShownHistory {
    const series = SERIES.map((name) => [name, this.#samples.map((sample) => sample[name])]);
    return { stepSeconds: HISTORY_STEP_MS / 1000, series: Object.fromEntries(series) };
  }

  #take(): void {
    const { atMs, peers, seeders, leechers, announces, memory } = this.#totals.now();
    const { clock, registry: { moved: { downloaded } } } = this.#context;
    const nowMs = clock.now();
    const seconds = Math.max(1, nowMs - this.#last.atMs) / 1000;
    this.#samples.push({
      ...{ atMs, peers, seeders, leechers, memory },
      downRate: Math.round((downloaded - this.#last.downloaded) / seconds),
      announcesPerSecond: Math.round((announces - this.#last.announces) * 10 / seconds) / 10,
    });
    this.#last = { atMs: nowMs, announces, downloaded };
    if (this.#samples.length > HISTORY_SAMPLES) this.#samples.shift();
  }
}

import { TOTALS_MS } from "../../api_limits.ts";
import type { TrackerContext } from "../context.ts";
import { FlowMeter } from "./flow_meter.ts";
import { type Totals, totalsOf } from "./shown_tracker.ts";

/** The totals of a tracker, which are counted at most once a second, however many ask. */
export class TrackerTotals {
  readonly #context: TrackerContext;
  readonly #meter: FlowMeter;
  #kept: { readonly totals: Totals; readonly atMs: number } | undefined = undefined;

  /** Makes one that has counted nothing yet. */
  constructor(context: TrackerContext) {
    this.#context = context;
    this.#meter = new FlowMeter(context.registry.moved, context.clock.now());
  }

  /** The totals, no older than a second. */
  now(): Totals {
    const { clock, registry } = this.#context;
    const nowMs = clock.now();
    if (this.#kept === undefined || nowMs - this.#kept.atMs >= TOTALS_MS) {
      const flow = this.#meter.note(registry.moved, nowMs);
      this.#kept = { totals: totalsOf(this.#context, flow), atMs: nowMs };
    }
    return this.#kept.totals;
  }
}

import type { Swarm } from "../../swarm/mod.ts";
import { FlowMeter } from "./flow_meter.ts";
import { type Flow, STILL } from "./shown_file.ts";

/** How long a look at a swarm tells something, in milliseconds. */
const FRESH_MS = 5_000;

/** How fast bytes move in the swarms that somebody watches; of the others nothing is kept. */
export class SwarmFlows {
  readonly #meters = new WeakMap<Swarm, { readonly meter: FlowMeter; notedAtMs: number }>();

  /** Looks at a swarm, which must be done again and again while it is watched. */
  note(swarm: Swarm, nowMs: number): Flow {
    const known = this.#meters.get(swarm);
    if (known === undefined) {
      this.#meters.set(swarm, { meter: new FlowMeter(swarm.moved, nowMs), notedAtMs: nowMs });
      return STILL;
    }
    known.notedAtMs = nowMs;
    return known.meter.note(swarm.moved, nowMs);
  }

  /** How fast it was when it was last looked at, if that was just now. */
  last(swarm: Swarm, nowMs: number): Flow {
    const known = this.#meters.get(swarm);
    if (known === undefined || nowMs - known.notedAtMs > FRESH_MS) return STILL;
    return known.meter.flow;
  }
}

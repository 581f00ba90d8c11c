import { EVERYBODY, FakeClock } from "../../../lib/net/mod.ts";
import { Feed } from "../../../lib/tracker/feed.ts";
import { DEFAULT_LIMITS, type TrackerLimits } from "../../../lib/tracker/tracker_limits.ts";
import { Fetching } from "../../../lib/tracker/server/fetching.ts";
import { PartialFileBudget } from "../../../lib/tracker/server/partial_file.ts";
import { Readiness } from "../../../lib/tracker/server/readiness.ts";
import { Counters } from "../../../lib/tracker/server/statistics.ts";
import { TokenGate } from "../../../lib/tracker/server/token_gate.ts";
import { Visitors } from "../../../lib/tracker/server/visitors.ts";
import {
  Sessions,
  SwarmRegistry,
  type TrackerContext,
  type TrackerEvent,
} from "../../../lib/tracker/mod.ts";
import { seededRandom } from "../../bytes/seeded_random.ts";

/** What a tracker knows, for a door without a socket; its time stands still unless it is advanced. */
export interface SampleContext extends TrackerContext {
  readonly clock: FakeClock;
}

/** Makes the context of a tracker with a token, or none, and limits that differ from the usual ones. */
export function sampleContext(
  { token, ...limited }: Partial<TrackerLimits> & { readonly token?: string } = {},
): SampleContext {
  const limits = { ...DEFAULT_LIMITS, ...limited };
  const times = { intervalMs: 30_000, graceMs: 30_000 };
  const registry = new SwarmRegistry(limits);
  const visitors = new Visitors(limits);
  return {
    ...{ limits, times, registry, visitors },
    addresses: EVERYBODY,
    sessions: new Sessions(registry, times),
    gate: new TokenGate(token, visitors),
    fetching: new Fetching(),
    partialFiles: new PartialFileBudget(limits.partialFileBytes),
    readiness: new Readiness(),
    counters: new Counters(),
    events: new Feed<TrackerEvent>({ capacity: 1024 }),
    doors: [],
    signal: new AbortController().signal,
    clock: new FakeClock(),
    random: seededRandom(1),
  };
}

/** All events so far; there are no more of them afterwards. */
export async function eventsOf({ events }: TrackerContext): Promise<TrackerEvent[]> {
  events.end();
  return await Array.fromAsync(events.readable);
}

import { FakeClock } from "../../lib/net/mod.ts";
import { DEFAULT_LIMITS, GRACE_MS, INTERVAL_MS, SwarmRegistry } from "../../lib/tracker/mod.ts";
import { Feed } from "../../lib/tracker/feed.ts";
import type { TrackerContext } from "../../lib/tracker/server/context.ts";
import { PartialFileBudget } from "../../lib/tracker/server/partial_file.ts";
import { Sessions } from "../../lib/tracker/server/sessions.ts";
import { Counters } from "../../lib/tracker/server/statistics.ts";
import { TokenGate } from "../../lib/tracker/server/token_gate.ts";
import type { TrackerEvent } from "../../lib/tracker/server/tracker_event.ts";
import { seededRandom } from "../bytes/seeded_random.ts";
import { BrokenPromise } from "./target.ts";

/** What the doors of a tracker work with, without any connections. */
export function openContext(token?: string): TrackerContext {
  const times = { intervalMs: INTERVAL_MS, graceMs: GRACE_MS };
  const registry = new SwarmRegistry(DEFAULT_LIMITS);
  return {
    registry,
    sessions: new Sessions(registry, times),
    gate: new TokenGate(token),
    limits: DEFAULT_LIMITS,
    times,
    partialFiles: new PartialFileBudget(DEFAULT_LIMITS.partialFileBytes),
    counters: new Counters(),
    events: new Feed({ capacity: 64 }),
    clock: new FakeClock(),
    random: seededRandom(1),
    signal: new AbortController().signal,
  };
}

/** Fails if a tracker has found a fault of its own; its events must have ended. */
export async function promiseNoFault(events: ReadableStream<TrackerEvent>): Promise<void> {
  for await (const event of events) {
    if (event.type !== "fault") continue;
    throw new BrokenPromise(`the tracker was at fault: ${event.error}`, { cause: event.error });
  }
}

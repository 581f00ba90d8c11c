import { type Clock, setRepeating } from "../../../net/mod.ts";
import type { Durations } from "./durations.ts";

/** The time between two looks, in milliseconds. */
const LOOK_MS = 250;

/** Adds up, until it is disposed of, by how much timers are late: as much as any request has to wait. */
export function watchLag(clock: Clock, lag: Durations): Disposable {
  let dueMs = clock.now() + LOOK_MS;
  return setRepeating(clock, () => {
    const nowMs = clock.now();
    lag.add(Math.max(0, nowMs - dueMs));
    dueMs = nowMs + LOOK_MS;
  }, LOOK_MS);
}

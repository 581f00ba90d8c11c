import type { TrackerContext } from "../../lib/tracker/server/context.ts";
import type { TrackerEvent } from "../../lib/tracker/server/tracker_event.ts";
import { sampleContext } from "../tracker/server/sample_context.ts";
import { BrokenPromise } from "./target.ts";

/** What the doors of a tracker work with, without any connections. */
export function openContext(token?: string): TrackerContext {
  return sampleContext(token === undefined ? {} : { token });
}

/** Fails if a tracker has found a fault of its own; its events must have ended. */
export async function promiseNoFault(events: ReadableStream<TrackerEvent>): Promise<void> {
  for await (const event of events) {
    if (event.type !== "fault") continue;
    throw new BrokenPromise(`the tracker was at fault: ${event.error}`, { cause: event.error });
  }
}

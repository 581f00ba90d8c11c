import type { AddressFilter, Clock } from "../../net/mod.ts";
import type { Feed } from "../feed.ts";
import type { TrackerLimits } from "../tracker_limits.ts";
import type { SwarmRegistry } from "../swarm/mod.ts";
import type { OpenDoor } from "./door.ts";
import type { Fetching } from "./fetching.ts";
import type { PartialFileBudget } from "./partial_file.ts";
import type { Readiness } from "./readiness.ts";
import type { Sessions, SessionTimes } from "./sessions.ts";
import type { Counters } from "./statistics.ts";
import type { TokenGate } from "./token_gate.ts";
import type { TrackerEvent } from "./tracker_event.ts";
import type { Visitors } from "./visitors.ts";

/** What all connections of one tracker share. */
export interface TrackerContext {
  /** Who holds what. */
  readonly registry: SwarmRegistry;
  /** The connections that were let in. */
  readonly sessions: Sessions;
  /** Whose address is let in. */
  readonly addresses: AddressFilter;
  /** Who is let in. */
  readonly gate: TokenGate;
  /** What each address has done lately. */
  readonly visitors: Visitors;
  /** What is allowed. */
  readonly limits: TrackerLimits;
  /** How long what is kept. */
  readonly times: SessionTimes;
  /** From whom members fetch, where somebody watches. */
  readonly fetching: Fetching;
  /** The torrent files that are being handed in. */
  readonly partialFiles: PartialFileBudget;
  /** Whether it serves. */
  readonly readiness: Readiness;
  /** What has happened so far. */
  readonly counters: Counters;
  /** What happens. */
  readonly events: Feed<TrackerEvent>;
  /** The ways in, as soon as all of them are open. */
  readonly doors: readonly OpenDoor[];
  /** Aborted when the tracker is closed. */
  readonly signal: AbortSignal;
  /** The time. */
  readonly clock: Clock;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
}

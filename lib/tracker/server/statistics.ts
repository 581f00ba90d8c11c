import { DoorMeter } from "./metrics/door_meter.ts";
import { Durations } from "./metrics/durations.ts";

/** What a tracker has done since it started. */
export interface TrackerStatistics {
  /** Connections that are open. */
  readonly connections: number;
  /** Connections that were let in. */
  readonly connected: number;
  /** Queries by name. */
  readonly queries: Readonly<Record<string, number>>;
  /** Refusals by code. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Pushes sent. */
  readonly pushes: number;
}

/** Counts what a tracker does. */
export class Counters {
  /** Connections that are open. */
  connections = 0;
  /** Connections that were let in. */
  connected = 0;
  /** Pushes sent. */
  pushes = 0;
  /** Peers that were forgotten because nothing was heard of them. */
  expired = 0;
  /** The requests of each door. */
  readonly doors: Readonly<Record<"tcp" | "http" | "udp", DoorMeter>> = {
    tcp: new DoorMeter(),
    http: new DoorMeter(),
    udp: new DoorMeter(),
  };
  /** By how much timers were late. */
  readonly lag: Durations = new Durations();
  readonly #queries = new Map<string, number>();
  readonly #refusals = new Map<string, number>();

  /** Counts a query, which must be one that exists: names that strangers make up are too many. */
  query(name: string): void {
    this.#queries.set(name, (this.#queries.get(name) ?? 0) + 1);
  }

  /** Counts a refusal. */
  refusal(code: number): void {
    this.#refusals.set(`${code}`, (this.#refusals.get(`${code}`) ?? 0) + 1);
  }

  /** The counts as they stand. */
  snapshot(): TrackerStatistics {
    const { connections, connected, pushes } = this;
    return {
      connections,
      connected,
      pushes,
      queries: Object.fromEntries(this.#queries),
      refusals: Object.fromEntries(this.#refusals),
    };
  }
}

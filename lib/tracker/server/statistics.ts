import { DoorMeter } from "./metrics/door_meter.ts";
import { Durations } from "./metrics/durations.ts";

/** What a tracker has done since it started, or with a state file since it first did. */
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

/** How the counts are called that outlive a restart. */
const LASTING = /^(?:connected|pushes|query [a-z_ ]{1,40}|refusal \d{3})$/;

/** The classes of status with which pages are answered (RFC 9110, 15). */
export const PAGE_CLASSES = ["2xx", "3xx", "4xx", "5xx"] as const;

/**
 * Counts what a tracker does since it started. What it counted before, which a state file keeps, stands
 * beside it: a rate is never made of what happened before.
 */
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
  /** What outlived the last restart, by its names. */
  readonly #before = new Map<string, number>();
  readonly #pages = new Map<string, number>(PAGE_CLASSES.map((status) => [status, 0]));
  readonly #queries = new Map<string, number>();
  readonly #refusals = new Map<string, number>();

  /** Requests for anything but announces and scrapes, by the class of their answer's status. */
  get pages(): ReadonlyMap<string, number> {
    return this.#pages;
  }

  /** Counts a request that was answered with a status. */
  page(status: number): void {
    const kind = `${Math.floor(status / 100)}xx`;
    this.#pages.set(kind, (this.#pages.get(kind) ?? 0) + 1);
  }

  /** Counts a query, which must be one that exists: names that strangers make up are too many. */
  query(name: string): void {
    this.#queries.set(name, (this.#queries.get(name) ?? 0) + 1);
  }

  /** Counts a refusal. */
  refusal(code: number): void {
    this.#refusals.set(`${code}`, (this.#refusals.get(`${code}`) ?? 0) + 1);
  }

  /** What outlives a restart, by its names. */
  lasting(): Map<string, number> {
    const counts = new Map(this.#before);
    const { connected, pushes, queries, refusals } = this.sinceStart();
    add(counts, "connected", connected);
    add(counts, "pushes", pushes);
    for (const [name, count] of Object.entries(queries)) add(counts, `query ${name}`, count);
    for (const [code, count] of Object.entries(refusals)) add(counts, `refusal ${code}`, count);
    return counts;
  }

  /** Goes on from counts of {@linkcode Counters.lasting}; what cannot be one of them is passed over. */
  resume(counts: ReadonlyMap<string, number>): void {
    for (const [name, count] of counts) {
      if (!Number.isSafeInteger(count) || count < 0) continue;
      if (LASTING.test(name)) add(this.#before, name, count);
    }
  }

  /** The counts as they stand, with those from before the last start that were kept. */
  snapshot(): TrackerStatistics {
    const counts = this.lasting();
    const named = (kind: string) =>
      Object.fromEntries(
        [...counts].flatMap(([name, count]): [string, number][] =>
          name.startsWith(`${kind} `) ? [[name.slice(kind.length + 1), count]] : []
        ),
      );
    return {
      connections: this.connections,
      connected: counts.get("connected") ?? 0,
      pushes: counts.get("pushes") ?? 0,
      queries: named("query"),
      refusals: named("refusal"),
    };
  }

  /** The counts since the tracker started. */
  sinceStart(): TrackerStatistics {
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

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

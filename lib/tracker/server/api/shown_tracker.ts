import type { TrackerContext } from "../context.ts";
import type { OpenDoor } from "../door.ts";
import { isNamed } from "../entries.ts";
import { type Flow, STILL } from "./shown_file.ts";

/** All of a tracker in numbers, at one moment. */
export interface Totals extends Flow {
  /** When, in milliseconds of the Unix clock. */
  readonly atMs: number;
  /** Torrents of which at least the name is known. */
  readonly files: number;
  /** Torrents in all. */
  readonly swarms: number;
  readonly peers: number;
  /** Memberships that hold everything: a peer counts once for each of its torrents. */
  readonly seeders: number;
  /** Memberships that do not. */
  readonly leechers: number;
  /** Connections at the TCP door. */
  readonly connections: number;
  /** Announces by HTTP and UDP and reports at the TCP door, since the tracker started. */
  readonly announces: number;
  /** What was refused since the tracker started. */
  readonly refusals: number;
  /** Bytes of memory that the process takes. */
  readonly memory: number;
}

/** What a tracker has done since it first started, as far as a state file has kept it. */
export interface LastingSums {
  /** Connections that were let in at the TCP door. */
  readonly connected: number;
  /** Announces by HTTP and UDP and reports at the TCP door. */
  readonly announces: number;
  /** What was refused. */
  readonly refusals: number;
  /** Pushes sent at the TCP door. */
  readonly pushes: number;
}

/** Who a tracker is. */
export interface ShownTracker {
  /** The program. */
  readonly client: string;
  /** Its version. */
  readonly version: string;
  /** When it started, in milliseconds of the Unix clock. */
  readonly startedAtMs: number;
  /** The ways in. */
  readonly doors: readonly OpenDoor[];
  /** Whether visitors may hand in files, and how many bytes each may have. */
  readonly uploads: { readonly enabled: boolean; readonly maxBytes: number };
  /** What it has now. */
  readonly totals: Totals;
  /** What it has done so far, before its last restart, too. */
  readonly sinceFirst: LastingSums;
}

/** A {@linkcode ShownTracker} for a visitor, who finds it somewhere. */
export interface ReachedTracker extends ShownTracker {
  /** Its announce URLs, as links and torrent files for him have them. */
  readonly announceUrls: readonly string[];
}

/** Adds where it is found. */
export function reached(tracker: ShownTracker, announceUrls: readonly string[]): ReachedTracker {
  return { ...tracker, announceUrls };
}

/** Queries by which somebody says what he holds. */
const ANNOUNCES: readonly string[] = ["http announce", "udp announce", "update_status"];

/**
 * What the tracker has now. It looks at each swarm once, which takes 4 ms where there are 100,000; so it
 * is not for every request, but for what is kept for a second.
 */
export function totalsOf({ registry, counters }: TrackerContext, flow: Flow = STILL): Totals {
  const { queries, refusals, connections } = counters.sinceStart();
  const tally = { files: 0, seeders: 0, leechers: 0 };
  for (const swarm of registry.swarms.values()) {
    if (isNamed(swarm)) tally.files++;
    tally.seeders += swarm.seeders;
    tally.leechers += swarm.leechers;
  }
  return {
    atMs: Date.now(),
    ...tally,
    swarms: registry.swarms.size,
    peers: registry.peers.size,
    connections,
    downRate: flow.downRate,
    upRate: flow.upRate,
    announces: announcesIn(queries),
    refusals: sum(Object.values(refusals)),
    memory: Deno.memoryUsage().rss,
  };
}

/** The sums that outlive a restart where there is a state file. */
export function lastingSums({ counters }: Pick<TrackerContext, "counters">): LastingSums {
  const { connected, pushes, queries, refusals } = counters.snapshot();
  const announces = announcesIn(queries);
  return { connected, announces, refusals: sum(Object.values(refusals)), pushes };
}

function announcesIn(queries: Readonly<Record<string, number>>): number {
  return sum(ANNOUNCES.map((name) => queries[name] ?? 0));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

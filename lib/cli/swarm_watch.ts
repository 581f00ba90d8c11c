import type { InfoHash } from "../bytes/mod.ts";
import { type Clock, sleep } from "../net/mod.ts";
import type { CatalogueEntry, TrackerClient } from "../tracker/mod.ts";

/**
 * The time between two questions about the same swarm, and between any two, in milliseconds: a
 * thousand peers that share one file ask their tracker a hundred times a second.
 */
const ASK_MS = { again: 10_000, next: 500 };

/** Torrents of one name among which the right one is looked for. */
const SAME_NAMES = 20;

/** What a tracker says of a swarm. */
export interface SwarmNumbers {
  /** Peers that hold all of it. */
  readonly seeders: number;
  /** Peers that hold less. */
  readonly leechers: number;
  /** Copies that its peers hold together. */
  readonly copies: number;
}

/** A torrent whose swarm is asked for. */
export interface WatchedSwarm {
  /** Its name. */
  readonly name: string;
  /** Its info-hash. */
  readonly infoHash: InfoHash;
}

/** What {@linkcode SwarmWatch} needs. */
export interface SwarmWatchOptions {
  /** The trackers; the first that knows a torrent counts. */
  readonly clients: () => readonly Pick<TrackerClient, "listFiles">[];
  /** The torrents. */
  readonly swarms: () => readonly WatchedSwarm[];
  /** Measures the waits. */
  readonly clock: Clock;
}

/** Asks trackers for the swarms of some torrents, one after the other, until it is disposed of. */
export class SwarmWatch implements Disposable {
  readonly #options: SwarmWatchOptions;
  readonly #known = new Map<InfoHash, SwarmNumbers>();
  readonly #stop = new AbortController();

  /** Begins to ask. */
  constructor(options: SwarmWatchOptions) {
    this.#options = options;
    void this.#run(this.#stop.signal);
  }

  /** What was last heard of a swarm, if anything was. */
  of(infoHash: InfoHash): SwarmNumbers | undefined {
    return this.#known.get(infoHash);
  }

  /** Asks no more. */
  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { swarms, clock } = this.#options;
    while (!signal.aborted) {
      const all = swarms();
      for (const swarm of all) {
        if (signal.aborted) return;
        await this.#ask(swarm);
        await sleep(clock, ASK_MS.next, signal);
      }
      await sleep(clock, Math.max(0, ASK_MS.again - all.length * ASK_MS.next), signal);
    }
  }

  async #ask({ name, infoHash }: WatchedSwarm): Promise<void> {
    let found: CatalogueEntry | undefined;
    for (const client of this.#options.clients()) {
      try {
        const { files } = await client.listFiles({ name, offset: 0, limit: SAME_NAMES });
        found = files.find((file) => file.infoHash === infoHash);
        if (found !== undefined) break;
      } catch {
        // A tracker that is not there, or refuses, says nothing of swarms; others are told of that.
      }
    }
    if (found === undefined) this.#known.delete(infoHash);
    else {
      const { seeders, leechers, availability } = found;
      this.#known.set(infoHash, { seeders, leechers, copies: availability / 1000 });
    }
  }
}

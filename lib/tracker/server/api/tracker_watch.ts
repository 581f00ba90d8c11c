import { MAX_WATCHED_FILES, SWARMS_A_SECOND } from "../../api_limits.ts";
import type { TrackerContext } from "../context.ts";
import { isNamed, type NamedSwarm } from "../entries.ts";
import { ChangedEntries } from "./changed_entries.ts";
import type { History } from "./history.ts";
import { Greeting, type Listener, Listeners } from "./listeners.ts";
import { popularSwarms } from "./popular_swarms.ts";
import { linkFile, type ShownFile, shownFile } from "./shown_file.ts";
import { reached, type ShownTracker, type Totals } from "./shown_tracker.ts";
import type { SwarmFlows } from "./swarm_flows.ts";

/** What a {@linkcode TrackerWatch} tells of. */
export interface TrackerWatchOptions {
  readonly context: TrackerContext;
  /** How fast bytes move in swarms. */
  readonly flows: SwarmFlows;
  /** Who the tracker is, with its totals as they are now. */
  readonly shown: () => ShownTracker;
  readonly history: History;
  /** Numbers events. */
  readonly nextId: () => number;
}

/** What listeners know of a file. */
interface ToldFile {
  readonly file: ShownFile;
  readonly json: string;
}

/** Less of a change of the memory than this, in bytes, is none. */
const MEMORY_STEP = 2 ** 20;

/**
 * Tells all listeners of the totals and of the files with the most peers, 1,000 of them.
 *
 * Invariant: `#told` has what each listener knows of each file. An event has 128 KiB at most; what has
 * changed beyond that comes with the next one, so that no file is left out for long: who was told of goes
 * to the end of `#told`.
 */
export class TrackerWatch {
  readonly listeners: Listeners;
  readonly #options: TrackerWatchOptions;
  readonly #greeting: Greeting;
  readonly #told = new Map<NamedSwarm, ToldFile>();
  #fileCount = 0;
  #chosen: ReadonlySet<NamedSwarm> = new Set();
  #chosenAtMs = -Infinity;
  #totals: Totals | undefined = undefined;

  /** Makes a watch that knows nothing. */
  constructor(options: TrackerWatchOptions) {
    this.#options = options;
    this.listeners = new Listeners(options.nextId);
    this.#greeting = new Greeting("hello", (urls) => this.#hello(urls), options.nextId);
  }

  /** Adds a listener and greets him with all that the others know. */
  join(listener: Listener): void {
    // After a time without listeners what was told is old.
    if (this.listeners.size === 0) this.look();
    this.listeners.add(listener);
    this.#greeting.tell(listener);
  }

  /** Looks at what has changed and tells all listeners; to be called again and again. */
  look(): void {
    const { context } = this.#options;
    const nowMs = context.clock.now();
    const { totals } = this.#options.shown();
    this.#greeting.forget();
    if (hasChanged(this.#totals, totals)) {
      this.#totals = totals;
      this.listeners.tellAll("totals", () => JSON.stringify(totals));
    }
    this.#choose(nowMs);
    this.#tellFiles(nowMs);
  }

  /** Where there are very many swarms, those with the most members are not looked for each time. */
  #choose(nowMs: number): void {
    const { swarms } = this.#options.context.registry;
    const everyMs = Math.ceil(swarms.size / SWARMS_A_SECOND) * 1000;
    if (nowMs - this.#chosenAtMs < everyMs) return;
    this.#chosenAtMs = nowMs;
    const { total, most } = popularSwarms(swarms, MAX_WATCHED_FILES);
    this.#chosen = most;
    this.#fileCount = total;
  }

  #tellFiles(nowMs: number): void {
    const { swarms } = this.#options.context.registry;
    const gone: string[] = [];
    for (const swarm of this.#told.keys()) {
      if (this.#chosen.has(swarm) && swarms.get(swarm.infoHash) === swarm) continue;
      this.#told.delete(swarm);
      gone.push(swarm.infoHash);
    }
    const changed: ShownFile[] = [];
    const room = new ChangedEntries();
    // Those that were told of longest ago come first, those of which nothing was told before them.
    const fresh = [...this.#chosen].filter((swarm) => !this.#told.has(swarm));
    for (const swarm of [...fresh, ...this.#told.keys()]) {
      if (swarms.get(swarm.infoHash) !== swarm || !isNamed(swarm)) continue;
      const file = shownFile(swarm, this.#options.flows.note(swarm, nowMs));
      const json = JSON.stringify(file);
      if (json === this.#told.get(swarm)?.json) continue;
      // While nobody listens, nothing is told, and whoever comes is told everything.
      if (!room.hasRoom && this.listeners.size > 0) continue;
      room.add(json);
      changed.push(file);
      this.#told.delete(swarm);
      this.#told.set(swarm, { file, json });
    }
    if (changed.length + gone.length === 0) return;
    const total = this.#fileCount;
    this.listeners.tellAll("files", (urls) => {
      return JSON.stringify({ changed: changed.map((file) => linkFile(file, urls)), gone, total });
    });
  }

  #hello(urls: readonly string[]): string {
    const { history, shown } = this.#options;
    const files = [...this.#told.values()].map(({ file }) => linkFile(file, urls));
    return JSON.stringify({
      tracker: reached(shown(), urls),
      files: { total: this.#fileCount, files },
      history: history.shown(),
    });
  }
}

function hasChanged(before: Totals | undefined, after: Totals): boolean {
  if (before === undefined || Math.abs(before.memory - after.memory) >= MEMORY_STEP) return true;
  const { atMs, memory } = after;
  return JSON.stringify({ ...before, atMs, memory }) !== JSON.stringify(after);
}

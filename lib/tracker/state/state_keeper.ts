import type { InfoHash } from "../../bytes/mod.ts";
import { MAX_SAVED_BYTES, MAX_SAVED_TORRENTS } from "../limits.ts";
import type { SwarmRegistry } from "../swarm/mod.ts";
import type { KeptTorrent, StateChange, StateFile } from "./state_file.ts";

/** What a {@linkcode StateKeeper} keeps, and who hears of it. */
export interface StateKeeperOptions {
  /** Where. */
  readonly file: StateFile;
  /** The torrents, those that are in the file among them. */
  readonly registry: SwarmRegistry;
  /** What is counted, by its names. */
  readonly counts: () => Iterable<readonly [name: string, count: number]>;
  /** Is told that nothing can be written for now, once until it can be again. */
  readonly onFailure: (error: unknown) => void;
  /** Is told that it can be again. */
  readonly onRecovery: () => void;
}

/**
 * Writes down what changes of a tracker's catalogue and counts, a bounded part of it at a time: a write
 * holds everything else up.
 *
 * Invariant: what is pending is in the registry or in the file, so that it is no more than both.
 */
export class StateKeeper {
  readonly #options: StateKeeperOptions;
  /** Torrents that are in the file, for as long as it is known that they are right. */
  readonly #written = new Set<InfoHash>();
  readonly #pending = new Set<InfoHash>();
  readonly #counts: Map<string, number>;
  #health: "well" | "failing" = "well";

  /** Begins with a registry and counts that are as the file says. */
  constructor(options: StateKeeperOptions) {
    this.#options = options;
    const { registry, counts } = options;
    for (const { infoHash, torrent } of registry.swarms.values()) {
      if (torrent.state === "published") this.#written.add(infoHash);
    }
    this.#counts = new Map(counts());
    registry.catalogue.watch((infoHash) => this.#note(infoHash));
  }

  /** Torrents of which something is to be written. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Writes what changed, as much as may be at once, and tells whether it did; must be called again and again. */
  save(): "saved" | "failed" {
    const change = this.#change();
    if (change === undefined) return "saved";
    const { file, onFailure, onRecovery } = this.#options;
    try {
      file.write(change);
    } catch (error) {
      if (this.#health === "well") onFailure(error);
      this.#health = "failing";
      return "failed";
    }
    this.#wrote(change);
    if (this.#health === "failing") onRecovery();
    this.#health = "well";
    return "saved";
  }

  /** Writes all that is left, unless it cannot be. */
  saveAll(): void {
    while (this.save() === "saved" && this.#pending.size > 0);
  }

  #note(infoHash: InfoHash): void {
    const isKnown = this.#options.registry.swarms.get(infoHash)?.torrent.state === "published";
    if (isKnown || this.#written.has(infoHash)) this.#pending.add(infoHash);
    else this.#pending.delete(infoHash);
  }

  /** What is written next; nothing if there is nothing. */
  #change(): StateChange | undefined {
    const added: KeptTorrent[] = [];
    const completed = new Map<InfoHash, number>();
    const gone: InfoHash[] = [];
    let left = MAX_SAVED_TORRENTS;
    let bytes = 0;
    for (const infoHash of this.#pending) {
      const swarm = this.#options.registry.swarms.get(infoHash);
      if (swarm?.torrent.state !== "published") gone.push(infoHash);
      else if (this.#written.has(infoHash)) completed.set(infoHash, swarm.completions);
      else {
        const { torrentFile, shape: { name } } = swarm.torrent;
        bytes += torrentFile.length;
        // A single one may be longer than all together should be.
        if (bytes > MAX_SAVED_BYTES && added.length > 0) break;
        added.push({ infoHash, name, torrentFile, completions: swarm.completions });
      }
      left -= 1;
      if (left === 0) break;
    }
    const counts = new Map<string, number>();
    for (const [name, count] of this.#options.counts()) {
      if (this.#counts.get(name) !== count) counts.set(name, count);
    }
    const isNothing = left === MAX_SAVED_TORRENTS && counts.size === 0;
    return isNothing ? undefined : { added, completed, gone, counts };
  }

  #wrote({ added, completed, gone, counts }: StateChange): void {
    for (const { infoHash } of added) {
      this.#written.add(infoHash);
      this.#pending.delete(infoHash);
    }
    for (const infoHash of completed.keys()) this.#pending.delete(infoHash);
    for (const infoHash of gone) {
      this.#written.delete(infoHash);
      this.#pending.delete(infoHash);
    }
    for (const [name, count] of counts) this.#counts.set(name, count);
  }
}

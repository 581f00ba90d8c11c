import { MAX_NAMED_HASHES } from "../limits.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import { quoteText } from "../../bytes/mod.ts";
import type { PublishedTorrent, Swarm } from "./swarm.ts";

/** Swarms by the name of their torrent. */
export class NameIndex {
  readonly #swarms = new Map<string, Set<Swarm>>();
  #size = 0;

  /** Swarms whose torrent has a name. */
  get size(): number {
    return this.#size;
  }

  /** Enters a swarm under the name of its torrent, if it has one. */
  add(swarm: Swarm): void {
    if (swarm.torrent.state === "unnamed") return;
    const { name } = swarm.torrent.shape;
    const swarms = this.#swarms.get(name);
    if (!swarms?.has(swarm)) this.#size++;
    if (swarms === undefined) this.#swarms.set(name, new Set([swarm]));
    else swarms.add(swarm);
  }

  /** Takes a swarm out; must be called before its torrent gets another name. */
  remove(swarm: Swarm): void {
    if (swarm.torrent.state === "unnamed") return;
    const { name } = swarm.torrent.shape;
    const swarms = this.#swarms.get(name);
    if (swarms?.delete(swarm)) this.#size--;
    if (swarms?.size === 0) this.#swarms.delete(name);
  }

  /** All swarms of a name. */
  swarmsOf(name: string): ReadonlySet<Swarm> {
    return this.#swarms.get(name) ?? new Set();
  }

  /**
   * The published torrent that is meant by a name. One that somebody holds is meant rather than one
   * that nobody holds: a file that was shared again after a change has the name of its former self.
   *
   * @throws {TrackerRefusedError} if there is none, or more than one
   */
  resolve(name: string): PublishedTorrent {
    const named = [...this.swarmsOf(name)];
    const held = publishedOf(named.filter(({ members }) => members.length > 0));
    const [torrent, ...others] = held.length > 0 ? held : publishedOf(named);
    if (torrent === undefined) {
      throw new TrackerRefusedError(
        REFUSAL.unknown,
        named.length > 0
          ? `Cannot find ${quoteText(name)}: its torrent file has not arrived yet, try again soon`
          : `Cannot find ${quoteText(name)}: no torrent of this name is known`,
      );
    }
    if (others.length === 0) return torrent;
    const hashes = [torrent, ...others].slice(0, MAX_NAMED_HASHES).map(({ infoHash }) => infoHash);
    throw new TrackerRefusedError(
      REFUSAL.ambiguous,
      `Cannot choose ${quoteText(name)}: ${others.length + 1} torrents bear this name, ` +
        `ask by info-hash: ${hashes.join(" ")}`,
    );
  }
}

function publishedOf(swarms: readonly Swarm[]): PublishedTorrent[] {
  return swarms.flatMap(({ torrent }) => torrent.state === "published" ? [torrent] : []);
}

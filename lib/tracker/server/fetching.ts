import type { InfoHash } from "../../bytes/mod.ts";
import { MAX_FETCHING_PEERS } from "../api_limits.ts";
import type { FetchedFrom, Peer, TorrentReport } from "../swarm/mod.ts";

/**
 * From whom members fetch, in the swarms that somebody watches; of the others nothing is kept. It is what
 * they say themselves, and at most 10,000 are remembered.
 */
export class Fetching {
  readonly #watched = new Map<InfoHash, Map<Peer, readonly FetchedFrom[]>>();
  #count = 0;

  /** Begins to remember what is said of a torrent. */
  watch(infoHash: InfoHash): void {
    if (!this.#watched.has(infoHash)) this.#watched.set(infoHash, new Map());
  }

  /** Forgets it, and remembers nothing more of it. */
  unwatch(infoHash: InfoHash): void {
    this.#count -= this.#watched.get(infoHash)?.size ?? 0;
    this.#watched.delete(infoHash);
  }

  /** Takes down what a peer says in a report that was taken. */
  take(peer: Peer, { infoHash, fetched }: TorrentReport): void {
    const peers = this.#watched.get(infoHash);
    if (peers === undefined || fetched === undefined) return;
    if (!peers.has(peer)) {
      if (this.#count >= MAX_FETCHING_PEERS) return;
      this.#count++;
    }
    peers.set(peer, fetched);
  }

  /** Forgets a peer that has left a swarm. */
  left(infoHash: InfoHash, peer: Peer): void {
    if (this.#watched.get(infoHash)?.delete(peer)) this.#count--;
  }

  /** What a peer said last. */
  of(infoHash: InfoHash, peer: Peer): readonly FetchedFrom[] {
    return this.#watched.get(infoHash)?.get(peer) ?? [];
  }
}

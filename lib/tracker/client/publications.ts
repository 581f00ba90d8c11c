import type { InfoHash } from "../../bytes/mod.ts";
import { encodeTorrent, MAX_TORRENT_BYTES, TorrentError } from "../../metainfo/mod.ts";
import type { Clock } from "../../net/mod.ts";
import { PROBE_MS, PUBLISH_BACKOFF_MS } from "../limits.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import { Patience } from "./patience.ts";
import type { StatusBook } from "./status_book.ts";
import type { Ticket } from "./ticket.ts";
import { publishTorrent } from "./torrent_transfer.ts";
import type { TrackerConnection } from "./tracker_connection.ts";

/** What {@linkcode Publications} work with. */
export interface PublicationsOptions {
  /** The time. */
  readonly clock: Clock;
  /** The members. */
  readonly book: StatusBook;
  /** Takes down that the tracker did not take a torrent file. */
  readonly onRefused: (error: Error) => void;
}

/**
 * The torrent files that the tracker wants of us, and the memberships of which we do not know yet
 * whether it has them. However often a tracker asks, a file goes to it once, and then ever less often.
 */
export class Publications {
  readonly #options: PublicationsOptions;
  readonly #patience = new Patience(PUBLISH_BACKOFF_MS);
  readonly #wanted = new Set<InfoHash>();
  readonly #unsure = new Map<InfoHash, Ticket>();
  #probeAtMs = -Infinity;

  /** Makes one that nothing is wanted of. */
  constructor(options: PublicationsOptions) {
    this.#options = options;
  }

  /** Begins anew with a tracker that has nothing of ours. */
  reset(): void {
    this.#patience.reset();
    this.#wanted.clear();
  }

  /** Adds a membership, which is to be marked once it is announced. */
  add(ticket: Ticket): void {
    this.#unsure.set(ticket.infoHash, ticket);
    this.#probeAtMs = -Infinity;
  }

  /** Drops a membership. */
  remove(infoHash: InfoHash): void {
    this.#wanted.delete(infoHash);
    this.#patience.forget(infoHash);
    this.#unsure.delete(infoHash);
  }

  /** Takes down that the tracker wants torrent files, and gives how many of them it will get. */
  want(infoHashes: Iterable<InfoHash>): number {
    const { book, clock } = this.#options;
    let count = 0;
    for (const infoHash of infoHashes) {
      const isOurs = book.memberOf(infoHash) !== undefined;
      if (!isOurs || !this.#patience.allows(infoHash, clock.now())) continue;
      this.#wanted.add(infoHash);
      count++;
    }
    return count;
  }

  /** Takes down that the tracker refused a membership or its torrent file. */
  refused(infoHash: InfoHash, code: number): void {
    if (isFinal(code)) this.#settle(infoHash);
  }

  /** Whether all torrent files that are wanted were handed in. */
  get isDone(): boolean {
    return this.#wanted.size === 0;
  }

  /** In how many milliseconds there is something to do; `undefined` if nothing is. */
  get dueInMs(): number | undefined {
    if (this.#wanted.size > 0) return 0;
    if (this.#probes().next().done) return undefined;
    return Math.max(0, this.#probeAtMs - this.#options.clock.now());
  }

  /** Does what there is to do with so many queries at most, and gives how many are left of them. */
  async work(connection: TrackerConnection, queries: number): Promise<number> {
    let left = queries;
    for (const infoHash of [...this.#wanted].slice(0, left)) {
      this.#wanted.delete(infoHash);
      left--;
      const isPublished = await this.#publish(connection, infoHash) === "published";
      if (isPublished && this.#options.book.isTaken(infoHash)) this.#settle(infoHash);
    }
    if (this.#options.clock.now() < this.#probeAtMs) return left;
    for (const infoHash of [...this.#probes()].slice(0, left)) {
      left--;
      await this.#probe(connection, infoHash);
    }
    return left;
  }

  /** Hands in a torrent file at once, unless that was done lately. */
  async publishNow(
    connection: TrackerConnection,
    infoHash: InfoHash,
  ): Promise<"published" | "refused"> {
    return this.want([infoHash]) === 0 ? "refused" : await this.#publish(connection, infoHash);
  }

  async #publish(
    connection: TrackerConnection,
    infoHash: InfoHash,
  ): Promise<"published" | "refused"> {
    this.#wanted.delete(infoHash);
    const member = this.#options.book.memberOf(infoHash);
    if (member === undefined) return "refused";
    try {
      await publishTorrent(connection, infoHash, encodeTorrent({ info: member.info }));
      return "published";
    } catch (error) {
      if (!(error instanceof TrackerRefusedError || error instanceof TorrentError)) throw error;
      this.#options.onRefused(error);
      if (error instanceof TorrentError || isFinal(error.code)) this.#settle(infoHash);
      return "refused";
    }
  }

  /** The memberships that the tracker knows, and of which it may have the torrent file. */
  *#probes(): Generator<InfoHash> {
    for (const infoHash of this.#unsure.keys()) {
      if (this.#options.book.isTaken(infoHash)) yield infoHash;
    }
  }

  /** Asks for the end of a torrent file, which is empty, but an error as long as it is not there. */
  async #probe(connection: TrackerConnection, infoHash: InfoHash): Promise<void> {
    try {
      await connection.getTorrent({ infoHash, offset: MAX_TORRENT_BYTES });
      this.#settle(infoHash);
    } catch (error) {
      if (!(error instanceof TrackerRefusedError)) throw error;
      // Others come first next time.
      const ticket = this.#unsure.get(infoHash);
      this.#unsure.delete(infoHash);
      if (ticket !== undefined) this.#unsure.set(infoHash, ticket);
      this.#probeAtMs = this.#options.clock.now() + PROBE_MS;
    }
  }

  #settle(infoHash: InfoHash): void {
    this.#unsure.get(infoHash)?.markAnnounced();
    this.#unsure.delete(infoHash);
  }
}

/** Whether a refusal will not become another answer by waiting. */
function isFinal(code: number): boolean {
  const { malformed, token, forbidden, tooLarge } = REFUSAL;
  return [malformed, token, forbidden, tooLarge].some((final) => final === code);
}

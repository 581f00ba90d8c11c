import type { InfoHash } from "../../bytes/mod.ts";
import { MAX_LOCALLY_ANNOUNCED } from "../limits.ts";

/** The time between two local announces of one torrent, in milliseconds (BEP 14). */
export const LOCAL_ANNOUNCE_INTERVAL_MS = 300_000;

/** The time between two local announces of whatever torrents at least, in milliseconds (BEP 14). */
export const LOCAL_ANNOUNCE_FLOOR_MS = 60_000;

/** The time for which a new torrent waits for others that come with it, in milliseconds. */
export const LOCAL_ANNOUNCE_GATHER_MS = 100;

/** The longest time until a newcomer is answered, so that not all do it at once, in milliseconds. */
export const LOCAL_ANSWER_SPREAD_MS = 1_000;

/** The wait after a first announce that the network did not take, in milliseconds; it doubles. */
const FIRST_RETRY_MS = 5_000;

/**
 * When which torrents are announced to the neighbours (BEP 14).
 *
 * Invariant: what {@linkcode AnnounceRota.take} gives is announced in one datagram, of which it must be
 * said whether that failed; between two that did not there is at least a minute.
 */
export class AnnounceRota {
  readonly #random: () => number;
  readonly #dueMs = new Map<InfoHash, number>();
  #announcedMs = -Infinity;
  /** What to go back to when an announce has failed, and how often that was so in a row. */
  #beforeMs = -Infinity;
  #failures = 0;

  /** Makes a rota without torrents, given numbers from 0 up to but not including 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Takes in a torrent, which is to be announced soon. */
  add(infoHash: InfoHash, nowMs: number): void {
    this.#dueMs.set(infoHash, nowMs + LOCAL_ANNOUNCE_GATHER_MS);
  }

  /** Drops a torrent. */
  remove(infoHash: InfoHash): void {
    this.#dueMs.delete(infoHash);
  }

  /** Has a torrent announced soon again: somebody has come who does not know us. */
  answer(infoHash: InfoHash, nowMs: number): void {
    const dueMs = this.#dueMs.get(infoHash);
    if (dueMs === undefined) return;
    const soonMs = nowMs + this.#random() * LOCAL_ANSWER_SPREAD_MS;
    this.#dueMs.set(infoHash, Math.min(dueMs, soonMs));
  }

  /** When something is to be announced next, in milliseconds; `Infinity` if nothing ever is. */
  get nextMs(): number {
    return Math.max(
      Math.min(Infinity, ...this.#dueMs.values()),
      this.#announcedMs + LOCAL_ANNOUNCE_FLOOR_MS,
    );
  }

  /**
   * The torrents to announce now, the most overdue first, and with them as many of those that are not
   * due yet as there is room for; none if it is too early. They count as announced.
   */
  take(nowMs: number): InfoHash[] {
    if (nowMs < this.nextMs) return [];
    const taken = [...this.#dueMs].toSorted(([, one], [, other]) => one - other)
      .slice(0, MAX_LOCALLY_ANNOUNCED).map(([infoHash]) => infoHash);
    for (const infoHash of taken) this.#dueMs.set(infoHash, nowMs + LOCAL_ANNOUNCE_INTERVAL_MS);
    this.#beforeMs = this.#announcedMs;
    this.#announcedMs = nowMs;
    return taken;
  }

  /** Notes that the network took what was taken last. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** Notes that the network did not take what was taken last: it is due again soon, each time later. */
  failed(infoHashes: readonly InfoHash[], nowMs: number): void {
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LOCAL_ANNOUNCE_FLOOR_MS);
    this.#announcedMs = this.#beforeMs;
    for (const infoHash of infoHashes) {
      if (this.#dueMs.has(infoHash)) this.#dueMs.set(infoHash, nowMs + waitMs);
    }
  }
}

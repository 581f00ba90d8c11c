import type { PeerId } from "../../bytes/mod.ts";
import { BAN_MS, MAX_BANNED } from "../limits.ts";

/**
 * Those who sent corrupt data, for an hour.
 *
 * A peer is known by its address and the id that it gives itself: an id alone could be borrowed from
 * an honest peer to have that one banned, an address alone may be that of many peers.
 */
export class BanList {
  readonly #untilMs = new Map<string, number>();

  /** Bans a peer; tells whether it was not banned before. */
  ban(host: string, peerId: PeerId, nowMs: number): boolean {
    const isNew = !this.isBanned(host, peerId, nowMs);
    const key = `${peerId}@${host}`;
    // The latest ban is the last to be forgotten.
    this.#untilMs.delete(key);
    this.#untilMs.set(key, nowMs + BAN_MS);
    const oldest = this.#untilMs.keys().next().value;
    if (this.#untilMs.size > MAX_BANNED && oldest !== undefined) this.#untilMs.delete(oldest);
    return isNew;
  }

  /** Whether a peer is banned now. */
  isBanned(host: string, peerId: PeerId, nowMs: number): boolean {
    return nowMs < (this.#untilMs.get(`${peerId}@${host}`) ?? -Infinity);
  }
}

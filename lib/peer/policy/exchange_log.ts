import { formatAddress, isLoopback, isUnicast, type PeerAddress } from "../../net/mod.ts";
import { type ExchangedPeer, type PeerExchangeMessage, PeerProtocolError } from "../wire/mod.ts";
import {
  MAX_EARLY_EXCHANGES,
  MAX_HEARD_FIRST,
  MAX_HEARD_PEERS,
  MAX_TOLD_PEERS,
} from "../limits.ts";

/** The time between two messages to one peer, and about that between two of its messages (BEP 11). */
export const EXCHANGE_INTERVAL_MS = 60_000;

/** A message that comes so much too early is still taken: clocks and networks differ. */
const EARLY_MS = 5_000;

/**
 * What one connected peer was told of the others, and when it told of others itself (BEP 11).
 *
 * Invariant: `#told` has exactly those of whom the peer was told last that they are connected to us.
 */
export class ExchangeLog {
  readonly #told = new Map<string, PeerAddress>();
  #toldMs = -Infinity;
  #heardMs = -Infinity;
  /** Messages that came too early, one after the other. */
  #early = 0;

  /** Whether the peer may be told of others now. */
  isDue(nowMs: number): boolean {
    return nowMs - this.#toldMs >= EXCHANGE_INTERVAL_MS;
  }

  /**
   * What to tell the peer now, given all others that are connected; `undefined` if there is nothing
   * new, or it is too early. What is given counts as told.
   */
  next(connected: Iterable<ExchangedPeer>, nowMs: number): PeerExchangeMessage | undefined {
    if (!this.isDue(nowMs)) return undefined;
    const room = this.#toldMs === -Infinity ? Infinity : MAX_TOLD_PEERS;
    const current = new Map([...connected].map((peer) => [formatAddress(peer), peer]));
    const added = [...current].filter(([key]) => !this.#told.has(key)).slice(0, room);
    const dropped = [...this.#told].filter(([key]) => !current.has(key)).slice(0, room);
    if (added.length === 0 && dropped.length === 0) return undefined;
    for (const [key, { host, port }] of added) this.#told.set(key, { host, port });
    for (const [key] of dropped) this.#told.delete(key);
    this.#toldMs = nowMs;
    return { added: added.map(([, peer]) => peer), dropped: dropped.map(([, peer]) => peer) };
  }

  /**
   * Whether a message that comes now is to be read: one that comes too early is not.
   *
   * @throws {PeerProtocolError} if that has happened again and again
   */
  mayHear(nowMs: number): boolean {
    if (nowMs - this.#heardMs >= EXCHANGE_INTERVAL_MS - EARLY_MS) {
      this.#early = 0;
      return true;
    }
    if (++this.#early < MAX_EARLY_EXCHANGES) return false;
    throw new PeerProtocolError(
      "Cannot take peer exchange: messages come again and again before a minute is over",
    );
  }

  /**
   * The peers to believe of a message that came from `sender`, which must be one that may be heard: of
   * each machine one, so that nobody is dialled by many at a stranger's word. Only one on this machine
   * itself is believed about it.
   */
  heard({ added }: PeerExchangeMessage, sender: string, nowMs: number): ExchangedPeer[] {
    const most = this.#heardMs === -Infinity ? MAX_HEARD_FIRST : MAX_HEARD_PEERS;
    this.#heardMs = nowMs;
    const isNear = isLoopback(sender);
    const hosts = new Set<string>();
    return added.filter((peer) => {
      if (isLoopback(peer.host)) return isNear;
      return hosts.size < hosts.add(peer.host).size && isUnicast(peer.host);
    }).slice(0, most);
  }
}

import { isLoopback, networkOf } from "../../net/mod.ts";
import { LISTED_BURST, LISTED_PER_SECOND } from "../api_limits.ts";
import { NEWS_A_SECOND, STALE_TOKENS_A_SECOND } from "../limits.ts";
import type { TrackerLimits } from "../tracker_limits.ts";
import { Rates } from "./rates.ts";

/** How a client's address is told: by its connection, or by what the proxy before us says of it. */
export type ClientAddress = "connection" | "x-forwarded-for";

/** The limits that count by addresses. */
export type VisitorLimits = Pick<
  TrackerLimits,
  | "announcesPerSecond"
  | "announceBurst"
  | "connectsPerSecond"
  | "connectBurst"
  | "tokenFailuresPerMinute"
  | "tokenFailureBurst"
  | "countedAddresses"
>;

/** Who shows a token, and when. */
export interface Bearer {
  /** The IP address, which was shown to be his. */
  readonly host: string;
  /** The time, in milliseconds. */
  readonly nowMs: number;
  /** How his address is told; by his connection unless this says otherwise. */
  readonly toldBy?: ClientAddress;
  /** The peer id that he names, in the spelling of the door; nothing if he names none. */
  readonly peerId?: string | undefined;
}

/**
 * What those who come to the doors have done lately, by their addresses: an IPv4 address, or an IPv6
 * network of 64 bits. Loopback is not counted where the connection itself shows it: of what a proxy says
 * everything is. An address must be one that was shown to be the sender's, by a connection or a
 * connection id: else a forger could have others refused.
 */
export class Visitors {
  readonly #announces: Rates;
  readonly #connects: Rates;
  readonly #guesses: Rates;
  readonly #stale: Rates;
  readonly #news: Rates;
  readonly #listed: Rates;

  /** Makes one that has seen nobody. */
  constructor(limits: VisitorLimits) {
    const { countedAddresses: capacity } = limits;
    this.#announces = new Rates({
      ...{ capacity, perSecond: limits.announcesPerSecond },
      burst: limits.announceBurst,
    });
    this.#connects = new Rates({
      ...{ capacity, perSecond: limits.connectsPerSecond },
      burst: limits.connectBurst,
    });
    this.#guesses = new Rates({
      ...{ capacity, perSecond: limits.tokenFailuresPerMinute / 60 },
      burst: limits.tokenFailureBurst,
    });
    this.#stale = new Rates({ capacity, burst: 1, perSecond: STALE_TOKENS_A_SECOND });
    this.#news = new Rates({ capacity, burst: 1, perSecond: NEWS_A_SECOND });
    this.#listed = new Rates({ capacity, burst: LISTED_BURST, perSecond: LISTED_PER_SECOND });
  }

  /** Counts a connection, and tells whether it is one of not too many. */
  mayConnect(host: string, nowMs: number): boolean {
    return isExempt(host) || this.#connects.take(networkOf(host), nowMs);
  }

  /** Counts an announce or a scrape, and tells whether it is one of not too many. */
  mayAnnounce(host: string, nowMs: number, toldBy?: ClientAddress): boolean {
    return isExempt(host, toldBy) || this.#announces.take(networkOf(host), nowMs);
  }

  /**
   * Counts what takes as long to answer as so many entries of a list, and tells whether it is not too much.
   * What is more than an address may have at once counts as that.
   */
  mayList(host: string, nowMs: number, entries: number, toldBy?: ClientAddress): boolean {
    const count = Math.min(LISTED_BURST, entries);
    return isExempt(host, toldBy) || this.#listed.take(networkOf(host), nowMs, count);
  }

  /** Whether an address may show a token: not if it has just shown many wrong ones. */
  mayShowToken({ host, nowMs, toldBy }: Bearer): boolean {
    return isExempt(host, toldBy) || this.#guesses.allows(networkOf(host), nowMs);
  }

  /**
   * Counts a wrong token, of which a fingerprint tells it from others. The same one again is no guess:
   * a client that was not told of a new token does not have its neighbours shut out.
   */
  showedWrongToken({ host, nowMs, toldBy }: Bearer, fingerprint: string): void {
    if (isExempt(host, toldBy)) return;
    const key = networkOf(host);
    if (this.#stale.take(`${key} ${fingerprint}`, nowMs)) this.#guesses.take(key, nowMs);
  }

  /**
   * Whether it is to be told that an address is refused something, by the code of the refusal: not each
   * time, which would be a flood, too. Loopback is counted, too.
   */
  isNews(host: string, code: number, nowMs: number): boolean {
    return this.#news.take(`${networkOf(host)} ${code}`, nowMs);
  }
}

/** Whether somebody is not counted: who is on this machine himself, not by the word of a proxy. */
function isExempt(host: string, toldBy: ClientAddress = "connection"): boolean {
  return toldBy === "connection" && isLoopback(host);
}

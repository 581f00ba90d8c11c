import { MAX_ASKED_ORIGINS, PUBLISH_PATIENCE_MS, VAIN_PATIENCE_MS } from "../limits.ts";
import type { Peer } from "./peer.ts";

/**
 * Who is asked for the metainfo of a torrent: one member at a time. One that was asked in vain waits
 * longer than any member is silent, so that each other one is asked before it; that it polls more often
 * than the others, or comes again as another peer, does not help it.
 */
export class MetainfoInquiry {
  #askedAtMs = -Infinity;
  #asked: Set<string> | undefined = undefined;

  /** Whether one of so many members is to be asked now; if so, this counts as asking it. */
  take({ origin }: Peer, members: number, nowMs: number): boolean {
    const patienceMs = this.#asked?.has(origin) && members > 1
      ? VAIN_PATIENCE_MS
      : PUBLISH_PATIENCE_MS;
    if (nowMs - this.#askedAtMs < patienceMs) return false;
    this.#askedAtMs = nowMs;
    if (this.#asked === undefined || this.#asked.size >= MAX_ASKED_ORIGINS) this.#asked = new Set();
    this.#asked.add(origin);
    return true;
  }

  /** Forgets who was asked, once it was not in vain. */
  end(): void {
    this.#asked = undefined;
  }
}

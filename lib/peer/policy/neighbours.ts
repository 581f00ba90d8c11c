import { formatAddress, isUnicast, type PeerAddress } from "../../net/mod.ts";
import { MAX_NEIGHBOURS, MAX_PER_NEIGHBOUR } from "../limits.ts";

/** A neighbour that was not heard for so long is gone, in milliseconds: it missed two announces. */
export const NEIGHBOUR_EXPIRY_MS = 660_000;

/**
 * The neighbours that announced themselves for one torrent.
 *
 * Invariant: it remembers at most 512 addresses, at most 8 of one machine, none that was not heard for
 * 11 minutes.
 */
export class Neighbours {
  /** When each was heard last, the one that was not heard for the longest time first. */
  readonly #known = new Map<string, { readonly host: string; readonly heardMs: number }>();

  /**
   * Takes in that a neighbour announced itself; tells whether it is new, known, or not to be believed:
   * nobody can be dialled there, or the machine has named too many ports.
   */
  hear(address: PeerAddress, nowMs: number): "new" | "known" | "refused" {
    const { host } = address;
    // Without its zone, which the system does not tell, a link-local address leads nowhere.
    if (!isUnicast(host) || /^fe[89ab]/i.test(host)) return "refused";
    for (const [key, { heardMs }] of this.#known) {
      if (nowMs - heardMs < NEIGHBOUR_EXPIRY_MS) break;
      this.#known.delete(key);
    }
    const key = formatAddress(address);
    const wasKnown = this.#known.delete(key);
    const ofMachine = [...this.#known.values()].filter((known) => known.host === host);
    if (ofMachine.length >= MAX_PER_NEIGHBOUR) return "refused";
    this.#known.set(key, { host, heardMs: nowMs });
    const [oldest = key] = this.#known.keys();
    if (this.#known.size > MAX_NEIGHBOURS) this.#known.delete(oldest);
    return wasKnown ? "known" : "new";
  }
}

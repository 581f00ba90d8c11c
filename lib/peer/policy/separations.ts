import type { PeerKey } from "./active_piece.ts";

/** How long two are left alone, in milliseconds: twice as long each time. */
const APART_MS = { min: 250, max: 30_000 } as const;

/** How long two were left alone last, and until when. */
interface Separation {
  readonly ms: number;
  readonly untilMs: number;
}

/** Who is left alone with whom for a while, because they do not reach each other. */
export class Separations {
  readonly #all = new Map<PeerKey, Map<PeerKey, Separation>>();

  /** Whether two are left alone now. */
  has(one: PeerKey, other: PeerKey, nowMs: number): boolean {
    return (this.#all.get(one)?.get(other)?.untilMs ?? 0) > nowMs;
  }

  /** Leaves two alone for a while, if they are not yet. */
  add(one: PeerKey, other: PeerKey, nowMs: number): void {
    if (this.has(one, other, nowMs)) return;
    const before = this.#all.get(one)?.get(other)?.ms ?? APART_MS.min / 2;
    const ms = Math.min(2 * before, APART_MS.max);
    for (const [from, to] of [[one, other], [other, one]] as const) {
      const others = this.#all.get(from) ?? new Map<PeerKey, Separation>();
      this.#all.set(from, others.set(to, { ms, untilMs: nowMs + ms }));
    }
  }

  /** Notes that two do reach each other. */
  delete(one: PeerKey, other: PeerKey): void {
    this.#all.get(one)?.delete(other);
    this.#all.get(other)?.delete(one);
  }

  /** Forgets one who has left. */
  leave(key: PeerKey): void {
    this.#all.delete(key);
    for (const others of this.#all.values()) others.delete(key);
  }
}

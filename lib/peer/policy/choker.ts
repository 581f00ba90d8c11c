import type { PeerKey } from "./active_piece.ts";

/** How long an optimistic unchoke lasts, in milliseconds (BEP 3). */
export const OPTIMISTIC_MS = 30_000;

/** How long a seeder serves a peer before another one may have its slot, in milliseconds. */
export const SEED_TURN_MS = 20_000;

/** A peer that has been here for less is three times as likely to be tried (BEP 3). */
export const NEWCOMER_MS = 60_000;

/** What the choker looks at of one peer. */
export interface ChokerPeer {
  /** The peer. */
  readonly key: PeerKey;
  /** Whether it wants something of us. */
  readonly interest: "interested" | "not-interested";
  /** What it gives us, in bytes a second; for a seeder, what it takes from us. */
  readonly rate: number;
  /** When it connected. */
  readonly connectedMs: number;
}

/** What a {@linkcode Choker} needs. */
export interface ChokerOptions {
  /** Peers that are served at once. */
  readonly slots: number;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
}

/**
 * Decides whom we serve (BEP 3, "choking and optimistic unchoking").
 *
 * A leecher serves those that give it most, and tries one more peer at random for 30 s at a time. A
 * seeder gets nothing back: it serves each peer for 20 s at least, and then those that have waited
 * longest. Peers that are not interested take no slot.
 */
export class Choker {
  readonly #slots: number;
  readonly #random: () => number;
  /** Since when each peer that is served has been; or since when one that is not has waited. */
  readonly #servedSinceMs = new Map<PeerKey, number>();
  readonly #waitingSinceMs = new Map<PeerKey, number>();
  /** What decides between peers that give alike: a number drawn once for each. */
  readonly #lots = new Map<PeerKey, number>();
  #optimistic: { readonly key: PeerKey; readonly untilMs: number } | undefined;

  /** Makes a choker that serves nobody yet. */
  constructor(options: ChokerOptions) {
    this.#slots = Math.max(2, options.slots);
    this.#random = options.random;
  }

  /**
   * Chooses the peers to serve from now on; should be called every 10 s, and whenever a peer became
   * interested, ceased to be, or left.
   */
  choose(peers: readonly ChokerPeer[], role: "leecher" | "seeder", nowMs: number): Set<PeerKey> {
    const interested = peers.filter((peer) => peer.interest === "interested");
    forgetOthers(interested, this.#servedSinceMs, this.#waitingSinceMs);
    forgetOthers(peers, this.#lots); // whoever asks again has the lot that he had
    const chosen = interested.length <= this.#slots
      ? new Set(interested.map((peer) => peer.key))
      : role === "seeder"
      ? this.#chooseAsSeeder(interested, nowMs)
      : this.#chooseAsLeecher(interested, nowMs);
    for (const { key } of interested) {
      if (chosen.has(key)) {
        this.#waitingSinceMs.delete(key);
        if (!this.#servedSinceMs.has(key)) this.#servedSinceMs.set(key, nowMs);
      } else {
        this.#servedSinceMs.delete(key);
        if (!this.#waitingSinceMs.has(key)) this.#waitingSinceMs.set(key, nowMs);
      }
    }
    return chosen;
  }

  #chooseAsSeeder(peers: readonly ChokerPeer[], nowMs: number): Set<PeerKey> {
    const rank = ({ key }: ChokerPeer): number => {
      const servedMs = this.#servedSinceMs.get(key);
      if (servedMs === undefined) return this.#waitingSinceMs.get(key) ?? nowMs;
      // Of those that have had their turn, the ones that are served longest make way first.
      const turnMs = nowMs - servedMs;
      return turnMs < SEED_TURN_MS ? -Infinity : nowMs + turnMs;
    };
    const order = peers.toSorted((a, b) => compare(rank(a), rank(b)));
    return new Set(order.slice(0, this.#slots).map((peer) => peer.key));
  }

  #chooseAsLeecher(peers: readonly ChokerPeer[], nowMs: number): Set<PeerKey> {
    const order = peers.toSorted((a, b) => b.rate - a.rate || this.#lotOf(a) - this.#lotOf(b));
    const chosen = new Set(order.slice(0, this.#slots - 1).map((peer) => peer.key));
    chosen.add(this.#chooseOptimistic(peers.filter((peer) => !chosen.has(peer.key)), nowMs));
    return chosen;
  }

  #lotOf({ key }: ChokerPeer): number {
    const lot = this.#lots.get(key) ?? this.#random();
    this.#lots.set(key, lot);
    return lot;
  }

  #chooseOptimistic(others: readonly ChokerPeer[], nowMs: number): PeerKey {
    const current = this.#optimistic;
    if (current !== undefined && nowMs < current.untilMs) {
      if (others.some((peer) => peer.key === current.key)) return current.key;
    }
    const weights = others.map((peer) => nowMs - peer.connectedMs < NEWCOMER_MS ? 3 : 1);
    let ticket = this.#random() * weights.reduce((sum, weight) => sum + weight, 0);
    const winner = others.find((_, position) => (ticket -= weights[position]!) < 0) ?? others[0]!;
    this.#optimistic = { key: winner.key, untilMs: nowMs + OPTIMISTIC_MS };
    return winner.key;
  }
}

function forgetOthers(
  peers: readonly ChokerPeer[],
  ...maps: readonly Map<PeerKey, unknown>[]
): void {
  const keys = new Set(peers.map((peer) => peer.key));
  for (const map of maps) {
    for (const key of map.keys()) if (!keys.has(key)) map.delete(key);
  }
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

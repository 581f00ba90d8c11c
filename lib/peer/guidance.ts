import type { PieceIndex } from "../bytes/mod.ts";
import type { Clock } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import type { PeerLink } from "./link.ts";
import { type PeerKey, PieceOffers } from "./policy/mod.ts";
import { encodeGuide, type Guide } from "./wire/mod.ts";

/** So many peers must want something, or they are not guided: a single one fetches what it likes. */
const MIN_GUIDED = 2;

/** What a {@linkcode Guidance} needs. */
export interface GuidanceOptions {
  /** The pieces that are held. */
  readonly store: PieceStore;
  /** The connected peers, live. */
  readonly links: ReadonlyMap<PeerKey, PeerLink>;
  /** Measures how fast offers are answered. */
  readonly clock: Clock;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
}

/**
 * Once we have all, tells several peers of our own kind which pieces to fetch here (`sl_guide`), so that
 * they fetch different ones and pass them on to each other. Peers of other kinds fetch what they like.
 */
export class Guidance {
  readonly #options: GuidanceOptions;
  readonly #offers: PieceOffers;
  /** Those that were told to wait for offers. */
  readonly #guided = new Set<PeerKey>();

  /** Makes one that guides nobody. */
  constructor(options: GuidanceOptions) {
    this.#options = options;
    this.#offers = new PieceOffers({ layout: options.store.info.layout, random: options.random });
  }

  /** Notes what a peer has; must be called once, before {@linkcode learn}. */
  join(link: PeerLink): void {
    this.#offers.join(link.key, link.bits);
    this.update();
  }

  /** Notes that a peer has one more piece. */
  learn(link: PeerLink, index: PieceIndex): void {
    const outcome = this.#offers.gained(link.key, index, this.#options.clock.now());
    if (outcome === "answered") this.update();
  }

  /** Notes that a peer has lost a piece. */
  unlearn(link: PeerLink, index: PieceIndex): void {
    this.#offers.lost(link.key, index);
  }

  /** Takes in what a peer answers. */
  hear(link: PeerLink, { pieces }: Guide): void {
    for (const index of pieces) this.#offers.declined(link.key, index);
    this.update();
  }

  /** Forgets a peer that has left. */
  leave(link: PeerLink): void {
    this.#offers.leave(link.key);
    this.#guided.delete(link.key);
    this.update();
  }

  /** Makes the offers that are due; should be called every second, and when others are served. */
  update(): void {
    const { links, store, clock } = this.#options;
    const takers = [...links.values()].filter(isTaker);
    if (takers.length < MIN_GUIDED || !store.held.isFull) return this.#setFree();
    for (const link of takers) {
      if (this.#guided.has(link.key)) continue;
      this.#guided.add(link.key);
      tell(link, { choice: "guided", pieces: [] });
    }
    const isReady = (key: PeerKey): boolean => {
      const link = links.get(key);
      return link !== undefined && isTaker(link) && !link.amChoking;
    };
    const nowMs = clock.now();
    for (
      let offer = this.#offers.next(isReady, nowMs);
      offer !== undefined;
      offer = this.#offers.next(isReady, nowMs)
    ) {
      const link = links.get(offer.key);
      if (link !== undefined) tell(link, { choice: "guided", pieces: [offer.index] });
    }
  }

  #setFree(): void {
    for (const key of this.#guided) {
      this.#offers.withdraw(key);
      const link = this.#options.links.get(key);
      if (link !== undefined) tell(link, { choice: "free", pieces: [] });
    }
    this.#guided.clear();
  }
}

function isTaker(link: PeerLink): boolean {
  return link.isHungry && link.peerInterested && link.session.knows("sl_guide");
}

function tell({ session }: PeerLink, guide: Guide): void {
  session.sendExtended("sl_guide", encodeGuide(guide));
}

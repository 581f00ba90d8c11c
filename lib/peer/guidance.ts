import type { PieceIndex } from "../bytes/mod.ts";
import type { Clock } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import type { PeerLink } from "./link.ts";
import { type PeerKey, PieceOffers } from "./policy/mod.ts";
import { encodeGuide, type Guide } from "./wire/mod.ts";

/** So many peers must want something, or they are not guided: a single one fetches what it likes. */
const MIN_GUIDED = 2;

/** If nothing is sent to anybody for so long, in milliseconds, those to whom pieces are on offer do not fetch them. */
const QUIET_MS = 1_000;

/** That is so if so much could have been sent meanwhile, in bytes: a slow link may be quiet for longer. */
const QUIET_BYTES = 256 * 1024;

/** What a {@linkcode Guidance} needs. */
export interface GuidanceOptions {
  /** The pieces that are held. */
  readonly store: PieceStore;
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
  /** The connected peers of which it is known what they have. */
  readonly #links = new Map<PeerKey, PeerLink>();
  /** What is offered; absent while nobody is guided. */
  #offers: PieceOffers | undefined;
  /** Those that were told to wait for offers. */
  readonly #guided = new Set<PeerKey>();

  /** Makes one that guides nobody. */
  constructor(options: GuidanceOptions) {
    this.#options = options;
  }

  /** Notes that it is known now what a peer has; must be called once. */
  join(link: PeerLink): void {
    this.#links.set(link.key, link);
    this.#offers?.join(link.key, link.bits);
    this.update();
  }

  /** Notes that a peer has one more piece. */
  learn(link: PeerLink, index: PieceIndex): void {
    const outcome = this.#offers?.gained(link.key, index, this.#options.clock.now());
    if (outcome === "answered") this.update();
  }

  /** Notes that a peer has lost a piece. */
  unlearn(link: PeerLink, index: PieceIndex): void {
    this.#offers?.lost(link.key, index);
  }

  /** Notes that a peer gets elsewhere what it was offered. */
  declined(link: PeerLink, pieces: readonly number[]): void {
    const outcomes = pieces.map((index) => this.#offers?.declined(link.key, index));
    if (outcomes.includes("noted")) this.update();
  }

  /** Forgets a peer that has left. */
  leave(link: PeerLink): void {
    this.#links.delete(link.key);
    this.#offers?.leave(link.key);
    this.#guided.delete(link.key);
    this.update();
  }

  /** Makes the offers that are due; should be called twice a second, and when others are served. */
  update(): void {
    const { store, clock } = this.#options;
    const takers = [...this.#links.values()].filter(isTaker);
    if (takers.length < MIN_GUIDED || !store.held.isFull) return this.#setFree();
    const offers = this.#offers ??= this.#begin();
    for (const link of takers) {
      if (this.#guided.has(link.key)) continue;
      this.#guided.add(link.key);
      tell(link, { choice: "guided", pieces: [] });
    }
    const isReady = (key: PeerKey): boolean => {
      const link = this.#links.get(key);
      return link !== undefined && isTaker(link) && !link.amChoking;
    };
    const nowMs = clock.now();
    for (const { key, uploads } of takers) if (uploads.rate(nowMs) > 0) offers.served(key, nowMs);
    if (this.#standsStill(nowMs)) offers.fruitless(nowMs - QUIET_MS);
    for (
      let offer = offers.next(isReady, nowMs);
      offer !== undefined;
      offer = offers.next(isReady, nowMs)
    ) {
      const link = this.#links.get(offer.key);
      if (link !== undefined) tell(link, { choice: "guided", pieces: [offer.index] });
    }
  }

  /** Whether nothing has been sent to anybody for a while in which much could have been. */
  #standsStill(nowMs: number): boolean {
    const links = [...this.#links.values()];
    const quietMs = nowMs - Math.max(...links.map(({ uploads }) => uploads.movedMs));
    if (quietMs < QUIET_MS || quietMs === Infinity) return false;
    const rate = links.reduce((sum, { uploads }) => sum + uploads.rate(nowMs), 0);
    return rate * quietMs / 1_000 >= QUIET_BYTES;
  }

  #begin(): PieceOffers {
    const { store, random } = this.#options;
    const offers = new PieceOffers({ layout: store.info.layout, random });
    for (const { key, bits } of this.#links.values()) offers.join(key, bits);
    return offers;
  }

  #setFree(): void {
    this.#offers = undefined;
    for (const key of this.#guided) {
      const link = this.#links.get(key);
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

import type { PieceIndex } from "../bytes/mod.ts";
import type { Clock } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import { Conducting, isWorthConducting } from "./conducting.ts";
import { ConductorFollower } from "./conductor_follower.ts";
import type { PeerLink } from "./link.ts";
import { type PeerKey, PieceOffers } from "./policy/mod.ts";
import { tellGuide } from "./tell_pieces.ts";
import type { Conduct } from "./wire/mod.ts";

/** So many peers must want something, or they are not guided: a single one fetches what it likes. */
const MIN_GUIDED = 2;

/** If nothing is sent to anybody for so long, in milliseconds, those to whom pieces are on offer do not fetch them. */
const QUIET_MS = 1_000;

/** That is so if so much could have been sent meanwhile, in bytes: a slow link may be quiet for longer. */
const QUIET_BYTES = 256 * 1024;

/** How long nobody is conducted, in milliseconds, after most would not be. */
const REST_MS = 60_000;

/** What a {@linkcode Guidance} needs. */
export interface GuidanceOptions {
  /** The pieces that are held. */
  readonly store: PieceStore;
  /** Measures how fast offers are answered. */
  readonly clock: Clock;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
  /** Is aborted when nobody is to be told anything any more. */
  readonly signal: AbortSignal;
}

/**
 * Once we have all, tells several peers of our own kind which pieces to fetch here (`sl_guide`), so that
 * they fetch different ones and pass them on to each other; and where that pays, which to fetch from each
 * other (`sl_conduct`). Until then it heeds who tells us so. Peers of other kinds fetch what they like.
 */
export class Guidance {
  readonly #options: GuidanceOptions;
  /** The connected peers of which it is known what they have. */
  readonly #links = new Map<PeerKey, PeerLink>();
  /** What is offered; absent while nobody is guided, or all are conducted. */
  #offers: PieceOffers | undefined;
  /** Says what they fetch from each other; absent unless that pays. */
  #conducting: Conducting | undefined;
  #refusedMs = -Infinity;
  /** Whether we had everything when the first peer came: who got it from others leaves conducting to them. */
  #origin: "whole" | "partial" | undefined;
  /** Those that were told to wait for offers. */
  readonly #guided = new Set<PeerKey>();
  /** Heeds who tells us what to fetch from others. */
  readonly follower: ConductorFollower = new ConductorFollower(this.#links);

  /** Makes one that guides nobody. */
  constructor(options: GuidanceOptions) {
    this.#options = options;
  }

  /** Notes that it is known now what a peer has; must be called once. */
  join(link: PeerLink): void {
    this.#origin ??= this.#options.store.held.isFull ? "whole" : "partial";
    this.#links.set(link.key, link);
    this.follower.join(link);
    this.#offers?.join(link.key, link.bits);
    this.update();
  }

  /** Notes that a peer has one more piece. */
  learn(link: PeerLink, index: PieceIndex): void {
    this.#conducting?.learn(link, index);
    const outcome = this.#offers?.gained(link.key, index, this.#options.clock.now());
    if (outcome === "answered" || this.#conducting !== undefined) this.update();
  }

  /** Notes that a peer has lost a piece. */
  unlearn(link: PeerLink, index: PieceIndex): void {
    this.#offers?.lost(link.key, index);
    this.#conducting?.unlearn(link, index);
  }

  /** Whether peers are told what to fetch from each other. */
  get state(): "conducting" | "not conducting" {
    return this.#conducting === undefined ? "not conducting" : "conducting";
  }

  /** Whether a peer is conducted, or was until it chose for itself, and so is served whenever it asks. */
  conducts(link: PeerLink): boolean {
    return this.#conducting?.includes(link.key) ?? false;
  }

  /** Notes what one that is conducted says of it. */
  answered(link: PeerLink, conduct: Conduct): void {
    const conducting = this.#conducting;
    if (conducting === undefined || !conducting.includes(link.key)) return;
    if (conduct.type === "apart") conducting.apart(link, conduct.peerId);
    else if (conduct.type === "fetch" || conducting.excuse(link) === "known") return;
    this.update();
  }

  /** Notes that a peer gets elsewhere what it was offered. */
  declined(link: PeerLink, pieces: readonly number[]): void {
    this.#conducting?.declined(link, pieces);
    const outcomes = pieces.map((index) => this.#offers?.declined(link.key, index));
    if (outcomes.includes("noted") || this.#conducting !== undefined) this.update();
  }

  /** Forgets a peer that has left. */
  leave(link: PeerLink): void {
    this.follower.leave(link);
    this.#links.delete(link.key);
    this.#offers?.leave(link.key);
    this.#conducting?.leave(link);
    this.#guided.delete(link.key);
    this.update();
  }

  /** Makes the offers that are due; should be called twice a second, and when others are served. */
  update(): void {
    const { store, clock } = this.#options;
    const links = [...this.#links.values()];
    if (store.held.isFull) this.follower.end();
    else this.follower.check(clock.now());
    const takers = links.filter(isTaker);
    if (takers.length < MIN_GUIDED || !store.held.isFull) return this.#setFree();
    this.#endRefused(takers);
    for (const link of takers) if (!this.#guided.has(link.key)) this.#guide(link);
    this.#beginConducting(takers);
    if (this.#conducting !== undefined) this.#conducting.update(takers);
    else this.#offer(takers);
  }

  /** Conducts nobody any more for a while if most of these peers choose for themselves. */
  #endRefused(takers: readonly PeerLink[]): void {
    const excused = this.#conducting?.excused ?? new Set();
    if (takers.filter(({ key }) => excused.has(key)).length * 2 <= takers.length) return;
    this.#refusedMs = this.#options.clock.now();
    this.#endConducting();
    for (const key of excused) this.#guided.delete(key);
    this.#offers = this.#begin();
    this.#offers.hurry();
  }

  /** Begins to conduct these peers if that pays. */
  #beginConducting(takers: readonly PeerLink[]): void {
    const { store, clock } = this.#options;
    const { layout } = store.info;
    const nowMs = clock.now();
    const isResting = nowMs - this.#refusedMs < REST_MS;
    if (this.#conducting !== undefined || isResting || this.#origin !== "whole") return;
    if (!isWorthConducting(takers, layout.pieceCount)) return;
    this.#conducting = new Conducting(this.#links, { ...this.#options, layout });
    this.#conducting.begin(takers, this.#offers?.open ?? []);
    this.#offers = undefined;
  }

  #endConducting(): void {
    this.#conducting?.end();
    this.#conducting = undefined;
  }

  #guide(link: PeerLink): void {
    this.#guided.add(link.key);
    tellGuide(link, { choice: "guided", pieces: [] });
  }

  /** Offers pieces to those that lack them, each for itself. */
  #offer(takers: readonly PeerLink[]): void {
    const { clock } = this.#options;
    const offers = this.#offers ??= this.#begin();
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
      if (link !== undefined) tellGuide(link, { choice: "guided", pieces: [offer.index] });
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
    this.#endConducting();
    this.#offers = undefined;
    for (const key of this.#guided) {
      const link = this.#links.get(key);
      if (link !== undefined) tellGuide(link, { choice: "free", pieces: [] });
    }
    this.#guided.clear();
  }
}

function isTaker(link: PeerLink): boolean {
  return link.isHungry && link.peerInterested && link.session.knows("sl_guide");
}

import type { Bitfield } from "../../bytes/mod.ts";
import type { PieceLayout } from "../../metainfo/mod.ts";
import type { PeerKey } from "./active_piece.ts";
import { RarestFirst } from "./rarest_first.ts";
import { RateMeter } from "./rate_meter.ts";

/** Pieces that one peer is offered at once. */
const MAX_OPEN_EACH = 2;

/** An offer that was not answered for so long counts no more: the peer is slow, or gone. */
const STALE_MS = 2_000;

/** Pieces that are on offer at first; one more with each answer, up to the other number. */
const FIRST_AHEAD = 1;
const FULL_AHEAD = 8;

/** How much of the rate at which offers are answered is on offer, where that is more. */
const AHEAD_SECONDS = 0.25;

/** A piece that a peer is to fetch from us. */
export interface PieceOffer {
  /** The peer. */
  readonly key: PeerKey;
  /** The piece. */
  readonly index: number;
}

/** What {@linkcode PieceOffers} need. */
export interface PieceOffersOptions {
  /** Where the pieces are. */
  readonly layout: PieceLayout;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
}

/** An offer: it counts as a copy to come, or not any more, or the peer gets the piece elsewhere. */
interface OpenOffer {
  readonly sinceMs: number;
  state: "counted" | "stale" | "declined";
}

interface OfferedPeer {
  /** What it has; lives. */
  readonly bits: Bitfield;
  /** The pieces that it was offered and does not have yet. */
  readonly open: Map<number, OpenOffer>;
  /** How many pieces nobody has but this peer and us. */
  sole: number;
  offeredMs: number;
}

/**
 * Decides which piece a peer is to fetch from us next, so that as little as possible leaves us twice.
 *
 * Few pieces are on offer at a time, each to one peer: so the first copies of them are out soon and
 * can be passed on, while many that are sent side by side would all be whole late. A piece of which
 * there are the fewest copies goes first, to the peer that has the least left to fetch and to pass on.
 *
 * Invariant: the picker counts, of each piece, the peers that have it and its offers that count.
 */
export class PieceOffers {
  readonly #layout: PieceLayout;
  readonly #picker: RarestFirst;
  readonly #holders: Uint16Array;
  readonly #soleHolders = new Map<number, PeerKey>();
  readonly #peers = new Map<PeerKey, OfferedPeer>();
  readonly #answered = new RateMeter();
  #ahead = FIRST_AHEAD;

  /** Makes one that offers every piece and knows nobody. */
  constructor({ layout, random }: PieceOffersOptions) {
    this.#layout = layout;
    this.#picker = new RarestFirst(layout.pieceCount, random);
    this.#holders = new Uint16Array(layout.pieceCount);
  }

  /** Notes a peer and what it has; `bits` is to have a piece before {@linkcode gained} is called. */
  join(key: PeerKey, bits: Bitfield): void {
    this.#peers.set(key, { bits, open: new Map(), sole: 0, offeredMs: -Infinity });
    for (const index of bits.ones()) this.#count(key, index);
  }

  /** Notes that a peer that joined has one more piece; tells whether it was offered that. */
  gained(key: PeerKey, index: number, nowMs: number): "answered" | "unasked" {
    const peer = this.#peers.get(key);
    if (peer === undefined) return "unasked";
    this.#count(key, index);
    const offer = peer.open.get(index);
    if (offer === undefined) return "unasked";
    this.#uncount(index, offer);
    peer.open.delete(index);
    this.#ahead = Math.min(FULL_AHEAD, this.#ahead + 1);
    this.#answered.add(this.#layout.pieceSize(this.#layout.pieceIndex(index)), nowMs);
    return "answered";
  }

  /** Notes that a peer has a piece no more, which must not be in its bits any more. */
  lost(key: PeerKey, index: number): void {
    const peer = this.#peers.get(key);
    if (peer === undefined) return;
    this.#holders[index]!--;
    this.#picker.uncountHolder(index);
    if (this.#soleHolders.get(index) !== key) return;
    this.#soleHolders.delete(index);
    peer.sole--;
  }

  /** Takes back what a peer was offered. */
  withdraw(key: PeerKey): void {
    const open = this.#peers.get(key)?.open;
    if (open === undefined) return;
    for (const [index, offer] of open) this.#uncount(index, offer);
    open.clear();
  }

  /** Notes that a peer gets a piece elsewhere that it was offered. */
  declined(key: PeerKey, index: number): void {
    const offer = this.#peers.get(key)?.open.get(index);
    if (offer === undefined) return;
    this.#uncount(index, offer);
    offer.state = "declined";
  }

  /** Forgets a peer and what it was offered. */
  leave(key: PeerKey): void {
    const peer = this.#peers.get(key);
    if (peer === undefined) return;
    this.withdraw(key);
    this.#peers.delete(key);
    for (const index of peer.bits.ones()) {
      this.#holders[index]!--;
      this.#picker.uncountHolder(index);
      if (this.#soleHolders.get(index) === key) this.#soleHolders.delete(index);
    }
  }

  /**
   * The next offer to make to one of the peers that are ready for it, which counts as made;
   * `undefined` if enough is on offer.
   */
  next(isReady: (key: PeerKey) => boolean, nowMs: number): PieceOffer | undefined {
    const { pieceLength } = this.#layout;
    const aheadBytes = this.#answered.rate(nowMs) * AHEAD_SECONDS;
    const ahead = Math.max(this.#ahead, Math.ceil(aheadBytes / pieceLength));
    if (this.#expire(nowMs) >= ahead) return undefined;
    const ready = [...this.#peers]
      .filter(([key, peer]) => openOf(peer) < MAX_OPEN_EACH && isReady(key))
      .sort(([, a], [, b]) => loadOf(a) - loadOf(b) || a.offeredMs - b.offeredMs);
    for (const [key, peer] of ready) {
      const has = (index: number): boolean => !peer.bits.has(index) && !peer.open.has(index);
      const index = this.#picker.pick({ has }, 0);
      if (index === undefined) continue;
      peer.open.set(index, { sinceMs: nowMs, state: "counted" });
      peer.offeredMs = nowMs;
      this.#picker.countHolder(index);
      return { key, index };
    }
    return undefined;
  }

  #count(key: PeerKey, index: number): void {
    this.#picker.countHolder(index);
    const before = this.#holders[index]!++;
    const sole = before === 0 ? key : this.#soleHolders.get(index);
    if (sole === undefined) return;
    if (before === 0) this.#soleHolders.set(index, sole);
    else this.#soleHolders.delete(index);
    this.#peers.get(sole)!.sole += before === 0 ? 1 : -1;
  }

  #uncount(index: number, { state }: OpenOffer): void {
    if (state === "counted") this.#picker.uncountHolder(index);
  }

  /** Lets old offers count no more, so that others may be made the same; gives how many count. */
  #expire(nowMs: number): number {
    let count = 0;
    for (const { open } of this.#peers.values()) {
      for (const [index, offer] of open) {
        if (offer.state === "counted" && nowMs - offer.sinceMs >= STALE_MS) {
          this.#uncount(index, offer);
          offer.state = "stale";
        }
        if (offer.state === "counted") count++;
      }
    }
    return count;
  }
}

/** How much a peer has yet to fetch, or to pass on. */
function loadOf(peer: OfferedPeer): number {
  return peer.sole + openOf(peer);
}

function openOf({ open }: OfferedPeer): number {
  let count = 0;
  for (const { state } of open.values()) if (state !== "declined") count++;
  return count;
}

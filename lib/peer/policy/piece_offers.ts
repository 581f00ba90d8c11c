import type { Bitfield } from "../../bytes/mod.ts";
import type { PieceLayout } from "../../metainfo/mod.ts";
import type { PeerKey } from "./active_piece.ts";
import { RarestFirst } from "./rarest_first.ts";
import { RateMeter } from "./rate_meter.ts";

/** What counts as little, in bytes, where pieces are smaller. */
const SMALL_BYTES = 256 * 1024;

/** Pieces that one peer is offered at once, or {@linkcode SMALL_BYTES} if that is more. */
const OPEN_EACH = 2;

/** How much of the rate at which a peer answers it is offered at once, where that is more. */
const OPEN_SECONDS = 0.5;

/** An offer to a peer that was sent nothing for so long counts no more: it does not fetch, or is gone. */
const STALE_MS = 2_000;

/**
 * Pieces that are on offer to all together in the end, or as many times {@linkcode SMALL_BYTES}; at
 * first it is one, and with each answer as much more as was answered.
 */
const FULL_AHEAD = 8;

/** How much of the rate at which all answer is on offer, where that is more. */
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
  /** How many of them it has not declined. */
  awaited: number;
  readonly answered: RateMeter;
  /** How many pieces nobody has but this peer and us. */
  sole: number;
  offeredMs: number;
  /** When it was sent something last. */
  servedMs: number;
}

/** Stands for nobody, where the only holder of a piece is noted. */
const NOBODY = -1;

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
  /** Of each piece the only peer that has it. */
  readonly #soleHolders: Int32Array;
  readonly #peers = new Map<PeerKey, OfferedPeer>();
  readonly #answered = new RateMeter();
  /** The larger one of the piece length and what counts as little, in bytes. */
  readonly #portion: number;
  #aheadBytes: number;
  /** How many offers count. */
  #counted = 0;
  #expiredMs = -Infinity;

  /** Makes one that offers every piece and knows nobody. */
  constructor({ layout, random }: PieceOffersOptions) {
    this.#layout = layout;
    this.#picker = new RarestFirst(layout.pieceCount, random);
    this.#holders = new Uint16Array(layout.pieceCount);
    this.#soleHolders = new Int32Array(layout.pieceCount).fill(NOBODY);
    this.#portion = this.#aheadBytes = Math.max(layout.pieceLength, SMALL_BYTES);
  }

  /** Offers as much as ever at once: the peers have enough to pass on already. */
  hurry(): void {
    this.#aheadBytes = FULL_AHEAD * this.#portion;
  }

  /** The offers that count. */
  get open(): PieceOffer[] {
    return [...this.#peers].flatMap(([key, { open }]) =>
      [...open].filter(([, { state }]) => state === "counted").map(([index]) => ({ key, index }))
    );
  }

  /** Notes a peer and what it has; `bits` is to have a piece before {@linkcode gained} is called. */
  join(key: PeerKey, bits: Bitfield): void {
    const answered = new RateMeter();
    const offered = { open: new Map(), awaited: 0, offeredMs: -Infinity, servedMs: -Infinity };
    this.#peers.set(key, { bits, answered, sole: 0, ...offered });
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
    if (offer.state !== "declined") peer.awaited--;
    const size = this.#sizeOf(index);
    peer.answered.add(size, nowMs);
    this.#answered.add(size, nowMs);
    this.#offerMore(size);
    return "answered";
  }

  /** Notes that a peer has a piece no more, which must not be in its bits any more. */
  lost(key: PeerKey, index: number): void {
    const peer = this.#peers.get(key);
    if (peer === undefined) return;
    this.#holders[index]!--;
    this.#picker.uncountHolder(index);
    if (this.#soleHolders[index] !== key) return;
    this.#soleHolders[index] = NOBODY;
    peer.sole--;
  }

  /** Takes back what a peer was offered. */
  withdraw(key: PeerKey): void {
    const peer = this.#peers.get(key);
    if (peer === undefined) return;
    for (const [index, offer] of peer.open) this.#uncount(index, offer);
    peer.open.clear();
    peer.awaited = 0;
  }

  /** Notes that something is sent to a peer: it fetches what it was offered, however slowly. */
  served(key: PeerKey, nowMs: number): void {
    const peer = this.#peers.get(key);
    if (peer !== undefined) peer.servedMs = nowMs;
  }

  /** Notes that nothing comes of what was offered until then: it counts no more. */
  fruitless(untilMs: number): void {
    for (const { open } of this.#peers.values()) {
      for (const [index, offer] of open) {
        if (offer.state === "counted" && offer.sinceMs <= untilMs) this.#outdate(index, offer);
      }
    }
  }

  /** Notes that a peer gets a piece elsewhere; tells whether that is news of an offer. */
  declined(key: PeerKey, index: number): "noted" | "no offer" {
    const peer = this.#peers.get(key);
    const offer = peer?.open.get(index);
    if (peer === undefined || offer === undefined || offer.state === "declined") return "no offer";
    this.#uncount(index, offer);
    offer.state = "declined";
    peer.awaited--;
    return "noted";
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
      if (this.#soleHolders[index] === key) this.#soleHolders[index] = NOBODY;
    }
  }

  /**
   * The next offer to make to one of the peers that are ready for it, which counts as made;
   * `undefined` if enough is on offer.
   */
  next(isReady: (key: PeerKey) => boolean, nowMs: number): PieceOffer | undefined {
    const ahead = Math.max(this.#aheadBytes, this.#answered.rate(nowMs) * AHEAD_SECONDS);
    this.#expire(nowMs);
    if (this.#counted * this.#layout.pieceLength >= ahead) return undefined;
    const ready = [...this.#peers]
      .filter(([key, peer]) => this.#hasRoom(peer, nowMs) && isReady(key))
      .sort(([, a], [, b]) => loadOf(a) - loadOf(b) || a.offeredMs - b.offeredMs);
    for (const [key, peer] of ready) {
      const has = (index: number): boolean => !peer.bits.has(index) && !peer.open.has(index);
      const index = this.#picker.pick({ has }, 0);
      if (index === undefined) continue;
      peer.open.set(index, { sinceMs: nowMs, state: "counted" });
      peer.awaited++;
      peer.offeredMs = nowMs;
      this.#picker.countHolder(index);
      this.#counted++;
      return { key, index };
    }
    return undefined;
  }

  #count(key: PeerKey, index: number): void {
    this.#picker.countHolder(index);
    const before = this.#soleHolders[index]!;
    const isFirst = this.#holders[index]!++ === 0;
    this.#soleHolders[index] = isFirst ? key : NOBODY;
    const peer = this.#peers.get(isFirst ? key : before);
    if (peer !== undefined) peer.sole += isFirst ? 1 : -1;
  }

  #sizeOf(index: number): number {
    return this.#layout.pieceSize(this.#layout.pieceIndex(index));
  }

  #offerMore(bytes: number): void {
    this.#aheadBytes = Math.min(FULL_AHEAD * this.#portion, this.#aheadBytes + bytes);
  }

  /** Whether a peer may be offered one more of the pieces that it lacks. */
  #hasRoom(peer: OfferedPeer, nowMs: number): boolean {
    const { pieceCount, pieceLength } = this.#layout;
    if (peer.bits.count + peer.open.size >= pieceCount) return false;
    const each = Math.max(OPEN_EACH * pieceLength, SMALL_BYTES);
    const room = Math.max(each, peer.answered.rate(nowMs) * OPEN_SECONDS);
    return peer.awaited * pieceLength < room;
  }

  #uncount(index: number, { state }: OpenOffer): void {
    if (state !== "counted") return;
    this.#picker.uncountHolder(index);
    this.#counted--;
  }

  /** Lets old offers count no more, so that others may be made the same; does nothing twice at a time. */
  #expire(nowMs: number): void {
    if (nowMs === this.#expiredMs) return;
    this.#expiredMs = nowMs;
    for (const { open, servedMs } of this.#peers.values()) {
      for (const [index, offer] of open) {
        const quietMs = nowMs - Math.max(offer.sinceMs, servedMs);
        if (offer.state === "counted" && quietMs >= STALE_MS) this.#outdate(index, offer);
      }
    }
  }

  /** Lets an offer count no more that nobody takes. */
  #outdate(index: number, offer: OpenOffer): void {
    this.#uncount(index, offer);
    offer.state = "stale";
    // One who does not answer must not keep others waiting again.
    this.#offerMore(this.#sizeOf(index));
  }
}

/** How much a peer has yet to fetch, or to pass on. */
function loadOf({ sole, awaited }: OfferedPeer): number {
  return sole + awaited;
}

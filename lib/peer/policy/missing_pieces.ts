import { Bitfield } from "../../bytes/mod.ts";
import type { PeerKey } from "./active_piece.ts";
import { RarestFirst } from "./rarest_first.ts";

/** Which missing pieces are wanted: all, or only those that are demanded of somebody. */
export type Wanted = "all" | "demanded";

/** What a {@linkcode MissingPieces} begins with. */
export interface MissingPiecesOptions {
  /** The pieces that are not missing. */
  readonly held: Bitfield;
  /** Which of the others are wanted. */
  readonly wanted: Wanted;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
}

/** Counts how many peers have each piece. */
export interface PieceHolders {
  /** How many connected peers have a piece. */
  availability(index: number): number;
  /** Counts a peer's pieces; must be called once when they are first known. */
  join(bits: Bitfield): void;
  /** Counts one more piece of a peer that joined; it must be in its bits already. */
  gained(bits: Bitfield, index: number): void;
  /** Notes that a peer may be asked for more of what it has than before. */
  opened(bits: Bitfield): void;
  /** Counts a piece of a peer no more that it has lost; it must not be in its bits any more. */
  lostBy(index: number): void;
}

/**
 * The pieces of which nothing is there, and the choice of the next one to begin.
 *
 * Invariant: a missing piece is demanded of one peer, and of interest for nobody else; or else it is
 * a candidate of the picker if all are wanted, and waits otherwise.
 */
export class MissingPieces implements PieceHolders {
  readonly #missing: Bitfield;
  readonly #picker: RarestFirst;
  readonly #demands = new Map<number, PeerKey>();
  /** Those pieces of a peer among which the picker found none; nothing has changed since. */
  #barren = new WeakSet<Bitfield>();
  #wanted: Wanted = "all";

  /** Makes one in which everything that is not held is missing. */
  constructor({ held, wanted, random }: MissingPiecesOptions) {
    this.#picker = new RarestFirst(held.length, random);
    this.#missing = Bitfield.full(held.length);
    for (const index of held.ones()) this.take(index);
    this.want(wanted);
  }

  /** Whether some missing piece may be begun for some peer without being demanded of it. */
  get isObtainable(): boolean {
    return this.#picker.obtainable > 0;
  }

  /** How many peers have a piece. */
  availability(index: number): number {
    return this.#picker.availability(index);
  }

  /** Counts a peer's pieces; must be called once when they are first known. */
  join(bits: Bitfield): void {
    this.#picker.addHolder(bits);
  }

  /** Counts one more piece of a peer that joined. */
  gained(bits: Bitfield, index: number): void {
    this.#barren.delete(bits);
    this.#picker.countHolder(index);
  }

  /** Counts a piece of a peer no more. */
  lostBy(index: number): void {
    this.#picker.uncountHolder(index);
  }

  /** Notes that a peer may be asked for more than before, of what it has. */
  opened(bits: Bitfield): void {
    this.#barren.delete(bits);
  }

  /** Forgets a peer that joined, and what was demanded of it. */
  leave(key: PeerKey, bits: Bitfield): void {
    this.#picker.removeHolder(bits);
    this.#barren.delete(bits);
    for (const index of this.#demandedOf(key)) this.withdraw(index);
  }

  /** Wants all missing pieces from now on, or only those that are demanded. */
  want(wanted: Wanted): void {
    if (this.#wanted === wanted) return;
    this.#wanted = wanted;
    for (const index of this.#missing.ones()) this.#offer(index);
    this.#barren = new WeakSet();
  }

  /** Wants a piece, missing now or later, of one peer and of nobody else. */
  demand(index: number, key: PeerKey): void {
    this.#demands.set(index, key);
    this.#picker.exclude(index);
  }

  /** Ends a demand, if there is one. */
  withdraw(index: number): void {
    if (!this.#demands.delete(index) || !this.#missing.has(index)) return;
    this.#offer(index);
    this.#barren = new WeakSet();
  }

  /** Whether a piece is demanded of somebody. */
  isDemanded(index: number): boolean {
    return this.#demands.has(index);
  }

  /** Whether a peer has a piece that is wanted of it and not held. */
  isInteresting(key: PeerKey, bits: Bitfield, held: Bitfield): boolean {
    if (this.#wanted === "all") return bits.hasAnyMissingFrom(held);
    return [...this.#demandedOf(key)].some((index) => bits.has(index));
  }

  /** Whether a piece is missing and may be begun for a peer. */
  mayTake(index: number, key: PeerKey): boolean {
    const owner = this.#demands.get(index);
    const isWanted = owner === undefined ? this.#wanted === "all" : owner === key;
    return isWanted && this.#missing.has(index);
  }

  /** Notes that a piece is not missing any more: it was begun, or is held. */
  take(index: number): void {
    this.#missing.clear(index);
    this.#picker.exclude(index);
  }

  /** Notes that a piece is missing again. */
  add(index: number): void {
    this.#missing.set(index);
    this.#offer(index);
    this.#barren = new WeakSet();
  }

  /**
   * A missing piece to begin for a peer that has it: one that is demanded of it, or the rarest. To
   * look for that in vain is slow, so it is done only once.
   */
  pick(key: PeerKey, bits: Bitfield): number | undefined {
    if (this.#demands.size > 0) {
      for (const index of this.#demandedOf(key)) {
        if (this.#missing.has(index) && bits.has(index)) return index;
      }
    }
    if (this.#barren.has(bits)) return undefined;
    const index = this.#picker.pick(bits);
    if (index === undefined) this.#barren.add(bits);
    return index;
  }

  /** Lets the picker choose a missing piece, if everybody may be asked for it. */
  #offer(index: number): void {
    if (this.#wanted === "demanded" || this.#demands.has(index)) this.#picker.exclude(index);
    else this.#picker.include(index);
  }

  *#demandedOf(key: PeerKey): Generator<number> {
    for (const [index, owner] of this.#demands) if (owner === key) yield index;
  }
}

import type { Bitfield } from "../../bytes/mod.ts";
import type { PeerKey } from "./active_piece.ts";
import { PieceFlow } from "./piece_flow.ts";
import { PieceSet } from "./piece_set.ts";

/** Stands for us, in the place of a host. */
export const OURSELVES: PeerKey = 0;

/** A piece that a host is to fetch from another one. */
export interface Assignment {
  /** Who fetches it. */
  readonly to: PeerKey;
  /** From whom: a host, or {@linkcode OURSELVES}. */
  readonly from: PeerKey;
  /** The piece. */
  readonly index: number;
}

/** A piece that is under way to a host. */
export interface UnderWay {
  /** From whom. */
  readonly from: PeerKey;
  /** Since when, in milliseconds. */
  readonly sinceMs: number;
  /** Whether it was begun then, or before. */
  readonly begun: "then" | "before";
  /** For how much it counts with its giver, and with its taker. */
  readonly weights: { readonly given: number; readonly taken: number };
}

/** What gives pieces: a host, or ourselves. */
export interface Giver {
  /** The pieces that it holds. */
  readonly held: PieceSet;
  /** How many they are. */
  count: number;
  /** What comes from it. */
  readonly given: PieceFlow;
}

/** What takes pieces, and gives them. */
export interface Host extends Giver {
  /** What it neither holds nor was told to fetch. */
  readonly lacking: PieceSet;
  /** What it was told to fetch, by the number of the piece. */
  readonly underWay: Map<number, UnderWay>;
  /** What it was told to fetch and has not come in time. */
  readonly late: Set<number>;
  /** What comes to it. */
  readonly taken: PieceFlow;
  /** When it was told to fetch something last, as a number that grows. */
  turn: number;
}

/**
 * Which host holds which pieces, and what is under way to it and from whom; we hold all.
 *
 * Invariant: the copies of a piece are the hosts that hold it and those to which it is under way.
 */
export class Distribution {
  /** The hosts. */
  readonly hosts: Map<PeerKey, Host> = new Map();
  /** What we give. */
  readonly ourselves: Giver;
  /** How many copies there are of each piece beside ours. */
  readonly copies: Uint16Array;
  readonly #pieceCount: number;

  /** Makes one without hosts. */
  constructor(pieceCount: number) {
    this.#pieceCount = pieceCount;
    this.copies = new Uint16Array(pieceCount);
    this.ourselves = { held: this.#all(), count: pieceCount, given: new PieceFlow() };
  }

  /** Who gives by that key, if he is here. */
  giver(key: PeerKey): Giver | undefined {
    return key === OURSELVES ? this.ourselves : this.hosts.get(key);
  }

  /** Notes a host and what it has. */
  join(key: PeerKey, bits: Bitfield): void {
    const host: Host = {
      held: new PieceSet(this.#pieceCount),
      count: 0,
      lacking: this.#all(),
      underWay: new Map(),
      late: new Set(),
      given: new PieceFlow(),
      taken: new PieceFlow(),
      turn: 0,
    };
    this.hosts.set(key, host);
    for (const index of bits.ones()) this.hold(host, index);
  }

  /** Forgets a host, and what was under way to it and from it. */
  leave(key: PeerKey): void {
    const host = this.hosts.get(key);
    if (host === undefined) return;
    for (const index of host.underWay.keys()) this.end(host, index);
    this.hosts.delete(key);
    host.held.forEachShared(this.ourselves.held, (index) => this.copies[index]!--);
    for (const other of this.hosts.values()) this.endFrom(other, key);
  }

  /** Notes that a host holds a piece that it did not hold, nor was told to fetch. */
  hold(host: Host, index: number): void {
    host.held.add(index);
    host.late.delete(index);
    host.lacking.delete(index);
    host.count++;
    this.copies[index]!++;
  }

  /** Notes that a host holds a piece no more. */
  lose(host: Host, index: number): void {
    host.held.delete(index);
    host.lacking.add(index);
    host.count--;
    this.copies[index]!--;
  }

  /** Notes that a piece that a host lacks is under way to it. */
  begin(host: Host, index: number, coming: UnderWay): void {
    host.underWay.set(index, coming);
    host.lacking.delete(index);
    host.taken.load += coming.weights.taken;
    this.copies[index]!++;
    const giver = this.giver(coming.from);
    if (giver !== undefined) giver.given.load += coming.weights.given;
  }

  /** Notes that a piece is not under way to a host any more, if it was. */
  end(host: Host, index: number): void {
    const coming = host.underWay.get(index);
    if (coming === undefined) return;
    host.underWay.delete(index);
    host.lacking.add(index);
    host.taken.load -= coming.weights.taken;
    this.copies[index]!--;
    const giver = this.giver(coming.from);
    if (giver !== undefined) giver.given.load -= coming.weights.given;
  }

  /** Notes that nothing is under way from one to a host any more. */
  endFrom(host: Host, from: PeerKey): void {
    for (const [index, coming] of host.underWay) if (coming.from === from) this.end(host, index);
  }

  #all(): PieceSet {
    const all = new PieceSet(this.#pieceCount);
    for (let index = 0; index < this.#pieceCount; index++) all.add(index);
    return all;
  }
}

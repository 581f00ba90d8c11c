import type { PeerKey } from "./active_piece.ts";

/** A peer that sends nothing of a failed piece for so long holds it up, in milliseconds. */
const PATIENCE_MS = 2_000;

/** After so many turns that were ended for that there is twice as much patience. */
const TURNS_PER_DOUBLING = 2;

/** How often it doubles: then a peer has stalled before its turn is ended. */
const MAX_DOUBLINGS = 5;

/** A failed piece that a peer holds up. */
export interface HeldUpPiece {
  /** The piece. */
  readonly index: number;
  /** Whose turn it is with it. */
  readonly key: PeerKey;
  /** How long nothing of it has come, in milliseconds. */
  readonly quietMs: number;
  /** The number of the last turn of each peer that has had one since the piece first failed. */
  readonly turnOf: ReadonlyMap<PeerKey, number>;
}

/** Whose turn it is with a piece, and whose it was. */
interface Turns {
  readonly turnOf: Map<PeerKey, number>;
  /** How many were ended because nothing came. */
  handedOver: number;
  /** Whose it is, or was. */
  key: PeerKey | undefined;
  /** When something of the piece was last asked for, or came. */
  movedMs: number;
}

/**
 * The pieces that failed and are not held yet. Each is for one peer alone, so that there is a good copy or
 * a known liar in the end; but a liar that sends no more of it would hold it up. So it may be taken from a
 * peer that sends nothing of it for a moment, whatever else it sends. The moment is the longer the more
 * turns were ended so: where answers take long, of which nothing else is known, they have time in the end.
 */
export class FailedPieces {
  readonly #isUnderWay: (index: number) => boolean;
  readonly #pieces = new Map<number, Turns>();

  /** Makes one without pieces; it is told which are under way that no peer in particular is to give. */
  constructor(isUnderWay: (index: number) => boolean) {
    this.#isUnderWay = isUnderWay;
  }

  /** Whether a piece has failed and is not held. */
  has(index: number): boolean {
    return this.#pieces.has(index);
  }

  /** Notes that a piece has failed, for the first time or again. */
  add(index: number): void {
    if (this.has(index)) return;
    const turnOf = new Map<PeerKey, number>();
    this.#pieces.set(index, { turnOf, handedOver: 0, key: undefined, movedMs: 0 });
  }

  /** Notes that a piece is held. */
  delete(index: number): void {
    this.#pieces.delete(index);
  }

  /** Notes that a peer is asked for a piece, failed or not; its turn begins, unless it has. */
  asked(index: number, key: PeerKey, nowMs: number): void {
    const turns = this.#pieces.get(index);
    if (turns === undefined) return;
    turns.movedMs = nowMs;
    if (turns.key === key) return;
    turns.turnOf.delete(key);
    turns.turnOf.set(key, 1 + Math.max(0, ...turns.turnOf.values()));
    turns.key = key;
  }

  /** Notes that something of a piece, failed or not, has come. */
  received(index: number, nowMs: number): void {
    const turns = this.#pieces.get(index);
    if (turns !== undefined) turns.movedMs = nowMs;
  }

  /** Notes that a piece is taken from a peer that holds it up. */
  handOver(index: number): void {
    const turns = this.#pieces.get(index);
    if (turns !== undefined) turns.handedOver++;
  }

  /** Forgets a peer that has left. */
  leave(key: PeerKey): void {
    for (const { turnOf } of this.#pieces.values()) turnOf.delete(key);
  }

  /** Those under way that their peers hold up. */
  heldUp(nowMs: number): HeldUpPiece[] {
    const heldUp: HeldUpPiece[] = [];
    for (const [index, { turnOf, handedOver, key, movedMs }] of this.#pieces) {
      const doublings = Math.min(MAX_DOUBLINGS, Math.floor(handedOver / TURNS_PER_DOUBLING));
      const quietMs = nowMs - movedMs;
      const isQuiet = quietMs >= PATIENCE_MS * 2 ** doublings;
      if (key !== undefined && isQuiet && this.#isUnderWay(index)) {
        heldUp.push({ index, key, quietMs, turnOf });
      }
    }
    return heldUp;
  }
}

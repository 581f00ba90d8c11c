import type { ActivePiece, PeerKey } from "./active_piece.ts";

/** How long a turn with a failed piece lasts at first: so long, and a time for its bytes at a rate. */
const PATIENCE = { ms: 1_000, bytesPerSecond: 256 * 1024 } as const;

/** After so many turns that were ended the next ones last twice as long. */
const TURNS_PER_DOUBLING = 2;

/** Turns get longer so often; then a peer that is silent in one has stalled before it ends. */
const MAX_DOUBLINGS = 5;

/** A failed piece that a peer takes too long for. */
export interface HeldUpPiece {
  /** The piece. */
  readonly index: number;
  /** Whose turn it is. */
  readonly key: PeerKey;
  /** How long it has been, in milliseconds. */
  readonly turnMs: number;
  /** Bytes of the piece that have not come. */
  readonly missingBytes: number;
  /** The number of the last turn of each peer that has had one since the piece first failed. */
  readonly turnOf: ReadonlyMap<PeerKey, number>;
}

/** Whose turn it is with a piece, and whose it was. */
interface Turns {
  readonly turnOf: Map<PeerKey, number>;
  /** How many were ended because they took too long. */
  handedOver: number;
  /** Whose it is, if it is anybody's. */
  key: PeerKey | undefined;
  sinceMs: number;
}

/**
 * The pieces that failed and are not held yet. Each is for one peer alone, so that there is a good copy or
 * a known liar in the end; but a liar that sends no more of it would hold it up. So a turn with it is
 * limited, and may be ended where somebody else can take it. It lasts the longer the more of them were
 * ended: where all peers are far away, their answers have time enough.
 */
export class FailedPieces {
  readonly #underWay: (index: number) => ActivePiece | undefined;
  readonly #pieces = new Map<number, Turns>();

  /** Makes one without pieces; it is given those of all that are under way, but what is demanded of a peer. */
  constructor(underWay: (index: number) => ActivePiece | undefined) {
    this.#underWay = underWay;
  }

  /** Whether a piece has failed and is not held. */
  has(index: number): boolean {
    return this.#pieces.has(index);
  }

  /** Notes that a piece has failed, for the first time or again. */
  add(index: number): void {
    this.endTurn(index);
    if (this.has(index)) return;
    const turnOf = new Map<PeerKey, number>();
    this.#pieces.set(index, { turnOf, handedOver: 0, key: undefined, sinceMs: 0 });
  }

  /** Notes that a piece is held. */
  delete(index: number): void {
    this.#pieces.delete(index);
  }

  /** Notes that a peer is asked for a piece, failed or not; its turn begins, unless it has. */
  asked(index: number, key: PeerKey, nowMs: number): void {
    const turns = this.#pieces.get(index);
    if (turns === undefined || turns.key === key) return;
    turns.turnOf.delete(key);
    turns.turnOf.set(key, 1 + Math.max(0, ...turns.turnOf.values()));
    turns.key = key;
    turns.sinceMs = nowMs;
  }

  /** Notes that a piece, failed or not, is given up, so that nobody's turn it is. */
  endTurn(index: number): void {
    const turns = this.#pieces.get(index);
    if (turns !== undefined) turns.key = undefined;
  }

  /** Notes that a piece is taken from a peer that takes too long for it. */
  handOver(index: number): void {
    const turns = this.#pieces.get(index);
    if (turns === undefined) return;
    turns.key = undefined;
    turns.handedOver++;
  }

  /** Forgets a peer that has left. */
  leave(key: PeerKey): void {
    for (const { turnOf } of this.#pieces.values()) turnOf.delete(key);
  }

  /** Those under way that their peers take too long for. */
  heldUp(nowMs: number): HeldUpPiece[] {
    const heldUp: HeldUpPiece[] = [];
    for (const [index, { turnOf, handedOver, key, sinceMs }] of this.#pieces) {
      const piece = this.#underWay(index);
      if (key === undefined || piece === undefined) continue;
      const { data: { length }, missingBytes } = piece;
      const patienceMs = PATIENCE.ms + length * 1000 / PATIENCE.bytesPerSecond;
      const doublings = Math.min(MAX_DOUBLINGS, Math.floor(handedOver / TURNS_PER_DOUBLING));
      const turnMs = nowMs - sinceMs;
      if (turnMs < patienceMs * 2 ** doublings) continue;
      heldUp.push({ index, key, turnMs, missingBytes, turnOf });
    }
    return heldUp;
  }
}

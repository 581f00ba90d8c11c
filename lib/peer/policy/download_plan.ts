import type { Bitfield } from "../../bytes/mod.ts";
import type { BlockRequest } from "../wire/mod.ts";
import { type ActivePiece, type PeerKey, UNIT_LENGTH } from "./active_piece.ts";
import { Assembly } from "./assembly.ts";
import { type DownloadPlanOptions, heldFromStart } from "./download_plan_options.ts";
import { FailedPieces, type HeldUpPiece } from "./failed_pieces.ts";
import { FirstPieces } from "./first_pieces.ts";
import { ENDGAME_LATE_MS, nextLate } from "./late_blocks.ts";
import { MissingPieces, type PieceHolders, type Wanted } from "./missing_pieces.ts";
import type { Received } from "./received.ts";
import type { Source } from "./source.ts";

/**
 * Decides which block to ask which peer for.
 *
 * Invariant: each piece is exactly one of missing, active (some blocks asked for or received),
 * verifying (whole, its hash being checked) or held; one that is no goal counts as held from the start.
 *
 * A peer works on a piece of its own as long as there are missing ones, so that a bad piece has one sender;
 * then it helps with the free blocks of others' pieces; and when every block is asked for, it is asked for
 * blocks that others owe (the endgame). A piece that failed is fetched from one peer alone, as is one that
 * was demanded of it: then either it is good, or its sender is known. A failed one can be handed over.
 */
export class DownloadPlan {
  readonly #maxActive: () => number;
  readonly #missing: MissingPieces;
  readonly #active: Assembly;
  readonly #verifying = new Map<number, ActivePiece>();
  readonly #held: Bitfield;
  readonly #goal: Bitfield | undefined;
  readonly #failed: FailedPieces;
  /** Is told which pieces each connected peer has. */
  readonly holders: PieceHolders;
  /** The pieces that are fetched before all others. */
  readonly first: FirstPieces;

  /** Makes a plan in which everything that is not held is missing. */
  constructor(options: DownloadPlanOptions) {
    this.#active = new Assembly(options.layout);
    this.#maxActive = () => Math.max(2, options.maxActive());
    this.#held = heldFromStart(options);
    this.#goal = options.goal;
    const { wanted = "all", random } = options;
    this.holders = this.#missing = new MissingPieces({ held: this.#held, wanted, random });
    this.#failed = new FailedPieces((index) =>
      !!this.#active.get(index) && !this.#missing.isDemanded(index)
    );
    this.first = new FirstPieces({
      active: this.#active,
      isHeld: (index) => this.#held.has(index),
      isSolitary: (piece) => this.isSolitary(piece),
      begin: (index, key) => this.#beginChosen(index, key),
    });
  }

  /** Whether every piece is held that is to be. */
  get isComplete(): boolean {
    return this.#held.isFull;
  }

  /** Forgets a peer; must be called when it has left, if it joined, after its requests were released. */
  leave(key: PeerKey, bits: Bitfield): void {
    this.pause(key);
    this.#missing.leave(key, bits);
    this.#failed.leave(key);
    this.#active.leave(key);
  }

  /** Whether a peer has a piece that is wanted of it and not held here. */
  isInteresting({ key, bits }: Pick<Source, "key" | "bits">): boolean {
    return this.#missing.isInteresting(key, bits, this.#held);
  }

  /**
   * Wants all missing pieces from now on, or only those that are demanded; then what is active is
   * given up, and all requests must be released before.
   */
  want(wanted: Wanted): void {
    this.#missing.want(wanted);
    if (wanted === "all") return;
    for (const piece of [...this.#active.pieces]) this.#abandon(piece);
  }

  /** Wants a piece of one peer alone; one that is under way already, or held, goes its way. */
  demand(index: number, key: PeerKey): void {
    if (this.isMissing(index)) this.#missing.demand(index, key);
  }

  /** Ends a demand; requests for the piece must be released before. */
  withdraw(index: number): void {
    const piece = this.#active.get(index);
    if (piece !== undefined && this.#missing.isDemanded(index)) this.#abandon(piece);
    this.#missing.withdraw(index);
  }

  /**
   * The next block to ask a peer for, of at most `maxLength` bytes, which is counted as asked for;
   * `undefined` if there is none now.
   */
  next(source: Source, maxLength: number, nowMs: number): BlockRequest | undefined {
    const request = this.first.next(source, maxLength, nowMs) ??
      this.#active.goOn(source)?.nextFree(maxLength) ??
      this.#startPiece(source)?.nextFree(maxLength) ??
      this.#active.find((piece) => piece.hasFree && this.#mayHelp(source, piece))
        ?.nextFree(maxLength) ??
      this.#startInsteadOfIdle(source)?.nextFree(maxLength) ??
      this.#endgame(source, maxLength, nowMs);
    if (request !== undefined) this.#reserve(request, source, nowMs);
    return request;
  }

  /** The failed pieces that their peers hold up. */
  heldUp(nowMs: number): HeldUpPiece[] {
    return this.#failed.heldUp(nowMs);
  }

  /** Whether a piece is for one peer alone. */
  isSolitary({ index }: Pick<ActivePiece, "index">): boolean {
    return this.#failed.has(index) || this.#missing.isDemanded(index);
  }

  /** Whether a peer may be asked for other things than what it works on, because that is not for it alone. */
  isFree(key: PeerKey): boolean {
    const own = this.#active.of(key);
    return own === undefined || !this.isSolitary(own);
  }

  /**
   * The first block of a failed piece that another peer held up, as {@linkcode next}; that one's requests
   * for it must be released before, and this peer must be free.
   */
  handOver(index: number, source: Source, nowMs: number): BlockRequest | undefined {
    const left = this.#active.get(index);
    if (left !== undefined) this.#abandon(left);
    this.#failed.handOver(index);
    const request = this.#beginChosen(index, source.key)?.nextFree(UNIT_LENGTH);
    if (request !== undefined) this.#reserve(request, source, nowMs);
    return request;
  }

  /**
   * Takes a request back that will not be answered; gives the piece if that is given up with it. When a
   * peer stops, all its requests must be released before anything else is asked for.
   */
  release(request: BlockRequest): number | undefined {
    const piece = this.#active.get(request.index);
    piece?.release(request);
    return piece !== undefined && this.isSolitary(piece) ? this.#abandon(piece) : undefined;
  }

  /**
   * Notes that a peer does not go on for now; must be called when it chokes us or stalls. A piece that
   * is for it alone is given up: it is told, and nothing asked of it counts as asked for any more.
   */
  pause(key: PeerKey): number | undefined {
    this.#active.pause(key);
    const own = this.#active.of(key);
    return own !== undefined && this.isSolitary(own) ? this.#abandon(own) : undefined;
  }

  /**
   * Notes a block that was asked of this peer; must be called instead of {@linkcode release}. When it
   * makes a piece whole, all other requests for that piece must be withdrawn before it is marked.
   */
  receive(request: BlockRequest, block: Uint8Array, sender: PeerKey, nowMs: number): Received {
    const piece = this.#active.get(request.index);
    if (piece === undefined) return { fresh: 0, complete: undefined, isShared: false };
    piece.release(request);
    const fresh = piece.receive(request.begin, block, sender);
    this.#failed.received(piece.index, nowMs);
    if (!piece.isComplete) {
      return { fresh, complete: undefined, isShared: piece.isAskedFor(request) };
    }
    this.#active.take(piece);
    this.#verifying.set(piece.index, piece);
    return { fresh, complete: piece, isShared: !piece.isIdle };
  }

  /** Notes that a piece which was verifying is now held. Its memory is used again. */
  markHeld(piece: ActivePiece): void {
    const { index } = piece;
    this.#verifying.delete(index);
    this.#failed.delete(index);
    this.#missing.withdraw(index);
    this.#held.set(index);
    this.#active.recycle(piece);
    if (this.isComplete) this.#active.end();
  }

  /** Whether nothing of a piece is there or asked for. */
  isMissing(index: number): boolean {
    return !this.#active.get(index) && !this.#verifying.has(index) && !this.#held.has(index);
  }

  /** Whether a piece is whole and its hash being checked. */
  isVerifying(index: number): boolean {
    return this.#verifying.has(index);
  }

  /** Notes that a missing piece is held; tells whether it was one of which nothing is under way. */
  supply(index: number): boolean {
    if (!this.isMissing(index)) return false;
    this.#missing.withdraw(index);
    this.#missing.take(index);
    this.#failed.delete(index);
    this.#held.set(index);
    return true;
  }

  /** Notes that a piece which was held is missing: the store has lost it. */
  markLost(index: number): void {
    if (this.#goal?.has(index) === false) return;
    if (this.#held.clear(index)) this.#missing.add(index);
  }

  /** Notes that a piece which was verifying is missing: its hash was wrong, or writing it failed. */
  markMissing(index: number): void {
    this.#verifying.delete(index);
    this.#failed.add(index);
    this.#missing.withdraw(index);
    this.#missing.add(index);
  }

  /** Begins a missing piece that is wanted of the peer, if one more piece may be active. */
  #startPiece({ key, bits }: Source): ActivePiece | undefined {
    if (!this.#mayBegin(key) || this.#isCrowded) return undefined;
    const index = this.#missing.pick(key, bits);
    if (index === undefined) return undefined;
    this.#missing.take(index);
    const piece = this.#active.begin(index);
    this.#active.assign(key, piece);
    return piece;
  }

  /** Whether no more piece may be active. */
  get #isCrowded(): boolean {
    return this.#active.size + this.#verifying.size >= this.#maxActive();
  }

  /** Counts what a peer is asked for. */
  #reserve(request: BlockRequest, { key, window }: Source, nowMs: number): void {
    this.#active.get(request.index)?.reserve(request, window, nowMs);
    this.#failed.asked(request.index, key, nowMs);
  }

  /** Begins a piece of others' choice for a peer, if it is missing and there is room. */
  #beginChosen(index: number, key: PeerKey): ActivePiece | undefined {
    if (!this.#missing.mayTake(index, key)) return undefined;
    const idle = this.#isCrowded ? this.#active.idle() : undefined;
    if (idle !== undefined) this.#abandon(idle);
    if (this.#isCrowded) return undefined;
    this.#missing.take(index);
    const piece = this.#active.begin(index);
    // Who is in the middle of another one goes on with that later, unless this is for him alone.
    if (!this.#active.of(key) || this.isSolitary(piece)) this.#active.assign(key, piece);
    return piece;
  }

  /** Gives up what was for a peer alone that may be asked for no more of it, once it owes none of it. */
  #mayBegin(key: PeerKey): boolean {
    const own = this.#active.of(key);
    const isLeft = own !== undefined && this.isSolitary(own) &&
      own.nextFree(UNIT_LENGTH) !== undefined;
    if (isLeft && own.isIdle) this.#abandon(own);
    return !isLeft || own.isIdle;
  }

  /** Begins a piece in the place of one whose sources are gone: such could use up all the places. */
  #startInsteadOfIdle(source: Source): ActivePiece | undefined {
    const idle = this.#isCrowded ? this.#active.idle() : undefined;
    const index = idle && this.#missing.pick(source.key, source.bits);
    if (idle === undefined || index === undefined) return undefined;
    this.#abandon(idle);
    return this.#startPiece(source);
  }

  /** Makes an active piece a missing one, and gives it; what has come of it is lost. */
  #abandon(piece: ActivePiece): number {
    this.#active.take(piece);
    this.#missing.add(piece.index);
    this.#active.recycle(piece);
    return piece.index;
  }

  /** Whether a peer may be asked for something of a piece that others work on. */
  #mayHelp({ bits }: Source, piece: ActivePiece): boolean {
    return bits.has(piece.index) && !this.isSolitary(piece);
  }

  #endgame(source: Source, maxLength: number, nowMs: number): BlockRequest | undefined {
    if (this.#missing.isObtainable) return undefined;
    const late = { nowMs, afterMs: ENDGAME_LATE_MS };
    return this.#active.first((piece) =>
      this.#mayHelp(source, piece) ? nextLate(piece, source, maxLength, late) : undefined
    );
  }
}

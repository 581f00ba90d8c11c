import type { PieceLayout } from "../../metainfo/mod.ts";
import { ActivePiece, type PeerKey } from "./active_piece.ts";
import type { Source } from "./source.ts";

/**
 * The pieces that are being assembled, and who works on which.
 *
 * Invariant: a peer works on one piece at most, and only on one that is here.
 */
export class Assembly {
  readonly #layout: PieceLayout;
  readonly #pieces = new Map<number, ActivePiece>();
  /** Memory of pieces that are done with, to be used again. */
  readonly #spare: ArrayBuffer[] = [];
  /** The piece that each peer works on, or did until it was gone. */
  readonly #assigned = new Map<PeerKey, ActivePiece>();
  /** Those who are not to be asked for now. */
  readonly #paused = new Set<PeerKey>();

  /** Makes an assembly of nothing. */
  constructor(layout: PieceLayout) {
    this.#layout = layout;
  }

  /** How many pieces there are. */
  get size(): number {
    return this.#pieces.size;
  }

  /** All pieces. */
  get pieces(): Iterable<ActivePiece> {
    return this.#pieces.values();
  }

  /** The piece of a number, if it is here. */
  get(index: number): ActivePiece | undefined {
    return this.#pieces.get(index);
  }

  /** The piece that a peer works on. */
  of(key: PeerKey): ActivePiece | undefined {
    const own = this.#assigned.get(key);
    return own !== undefined && this.#pieces.get(own.index) === own ? own : undefined;
  }

  /** Begins a piece, on which nobody works yet. */
  begin(index: number): ActivePiece {
    const size = this.#layout.pieceSize(this.#layout.pieceIndex(index));
    const memory = this.#spare.pop() ?? new ArrayBuffer(this.#layout.pieceLength);
    const piece = new ActivePiece(index, new Uint8Array(memory, 0, size));
    this.#pieces.set(index, piece);
    return piece;
  }

  /** Has a peer work on a piece, and on no other. */
  assign(key: PeerKey, piece: ActivePiece): void {
    this.#assigned.set(key, piece);
    this.#paused.delete(key);
  }

  /** The piece that a peer works on, if it may be asked for that, and so goes on with it. */
  goOn({ key, bits }: Pick<Source, "key" | "bits">): ActivePiece | undefined {
    const own = this.of(key);
    if (own === undefined || !bits.has(own.index)) return undefined;
    this.#paused.delete(key);
    return own;
  }

  /** Notes that a peer does not go on for now. */
  pause(key: PeerKey): void {
    this.#paused.add(key);
  }

  /** Forgets a peer. */
  leave(key: PeerKey): void {
    this.#assigned.delete(key);
    this.#paused.delete(key);
  }

  /** Takes a piece out, whose memory is in use yet. */
  take({ index }: ActivePiece): void {
    this.#pieces.delete(index);
  }

  /** Takes the memory of a piece that is done with. */
  recycle({ data }: ActivePiece): void {
    this.#spare.push(data.buffer);
  }

  /** A piece of which nothing is asked for and on which nobody works. */
  idle(): ActivePiece | undefined {
    return this.find((piece) => piece.isIdle && !this.#isWorkedOn(piece));
  }

  /** The first piece, in the order in which they were begun, for which this is so. */
  find(isSo: (piece: ActivePiece) => boolean): ActivePiece | undefined {
    for (const piece of this.#pieces.values()) if (isSo(piece)) return piece;
    return undefined;
  }

  /** What the first piece gives, in the order in which they were begun, that gives anything. */
  first<T>(giveOf: (piece: ActivePiece) => T | undefined): T | undefined {
    for (const piece of this.#pieces.values()) {
      const given = giveOf(piece);
      if (given !== undefined) return given;
    }
    return undefined;
  }

  /** Frees what is kept for more pieces: there will be none. */
  end(): void {
    this.#spare.length = 0;
    this.#assigned.clear();
  }

  #isWorkedOn(piece: ActivePiece): boolean {
    for (const [key, own] of this.#assigned) {
      if (own === piece && !this.#paused.has(key)) return true;
    }
    return false;
  }
}

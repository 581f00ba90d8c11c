import type { Bitfield, PieceIndex } from "../bytes/mod.ts";

/** The pieces that a store holds, and the news of those that it holds no longer. */
export class HeldPieces {
  /** The pieces that can be read. */
  readonly bits: Bitfield;
  /** Every piece that was held and is bad, in the order in which that was found; ends with the store. */
  readonly lost: ReadableStream<PieceIndex>;
  #reader: ReadableStreamDefaultController<PieceIndex> | undefined;

  /** Begins with these pieces; nobody else may clear them. */
  constructor(bits: Bitfield) {
    this.bits = bits;
    this.lost = new ReadableStream<PieceIndex>({
      start: (controller) => {
        this.#reader = controller;
      },
      cancel: () => {
        this.#reader = undefined;
      },
    });
  }

  /** Must be called when a piece is found to be bad; harmless if it is not held. */
  lose(index: PieceIndex): void {
    if (this.bits.clear(index)) this.#reader?.enqueue(index);
  }

  /** Ends the news. */
  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }
}

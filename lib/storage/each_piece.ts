import type { PieceIndex } from "../bytes/mod.ts";
import type { PieceLayout } from "../metainfo/mod.ts";

/** Bytes of pieces in memory at one time, unless two pieces take more. */
const BUDGET = 16 * 1024 * 1024;

/** Pieces that are worked on side by side: enough to keep all processors busy. */
export const MAX_SIDE_BY_SIDE: number = Math.max(4, navigator.hardwareConcurrency + 1);

/** How far a check, a hashing or a copy has come. */
export interface StorageProgress {
  /** Bytes that are done. */
  readonly doneBytes: number;
  /** Bytes in all. */
  readonly totalBytes: number;
}

/** What long work on files takes beside its subject. */
export interface LongWorkOptions {
  /** Ends the work; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called when more is done: after each piece, or now and then. */
  readonly onProgress?: ((progress: StorageProgress) => void) | undefined;
}

/** What {@linkcode eachPiece} does. */
export interface EachPieceOptions extends LongWorkOptions {
  /** How the data is cut up. */
  readonly layout: PieceLayout;
  /** The pieces, which are begun in this order. */
  readonly indices: readonly PieceIndex[];
  /** Works on one piece; `buffer` has its size, any content, and another use when this has settled. */
  readonly work: (index: PieceIndex, buffer: Uint8Array<ArrayBuffer>) => Promise<void>;
}

/**
 * Works on pieces, a few side by side and in bounded memory. After a failure, or when it is aborted,
 * no further piece is begun, and the promise rejects once the ones begun have ended.
 */
export async function eachPiece(options: EachPieceOptions): Promise<void> {
  const { layout, indices, signal, onProgress } = options;
  const totalBytes = sumSizes(layout, indices);
  let doneBytes = 0;
  const queue = shared(indices);

  async function run(): Promise<void> {
    const buffer = new Uint8Array(Math.min(layout.pieceLength, layout.totalLength));
    for (const index of queue) {
      signal?.throwIfAborted();
      const piece = buffer.subarray(0, layout.pieceSize(index));
      await options.work(index, piece);
      doneBytes += piece.length;
      onProgress?.({ doneBytes, totalBytes });
    }
  }

  const fitting = Math.max(2, Math.floor(BUDGET / layout.pieceLength));
  const length = Math.min(fitting, MAX_SIDE_BY_SIDE, indices.length);
  const runs = Array.from({ length }, run);
  try {
    await Promise.all(runs);
    signal?.throwIfAborted(); // all pieces may have been begun by then
  } finally {
    await Promise.allSettled(runs); // the loop that threw has ended the queue for the others
  }
}

/** Bytes of some pieces together. */
export function sumSizes(layout: PieceLayout, indices: Iterable<PieceIndex>): number {
  let sum = 0;
  for (const index of indices) sum += layout.pieceSize(index);
  return sum;
}

/** A sequence that several loops share: each value goes to one of them, and all end with the first. */
function* shared<T>(values: Iterable<T>): Generator<T, void, undefined> {
  yield* values;
}

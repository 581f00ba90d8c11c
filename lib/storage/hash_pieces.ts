import type { PieceIndex } from "../bytes/mod.ts";
import type { PieceLayout } from "../metainfo/mod.ts";
import type { DataFiles } from "./data_files.ts";
import { eachPiece, type LongWorkOptions, sumSizes } from "./each_piece.ts";
import { hashInLanes } from "./hash_lanes.ts";
import { PieceHasher } from "./piece_hasher.ts";

/** What {@linkcode hashPieces} takes. */
export interface HashPiecesOptions extends LongWorkOptions {
  /** Where the data lies. */
  readonly files: DataFiles;
  /** How it is cut up. */
  readonly layout: PieceLayout;
  /** The pieces, which are begun in this order. */
  readonly indices: readonly PieceIndex[];
  /** Is given the hash of a piece, 20 bytes; in no order. */
  readonly onHash: (index: PieceIndex, hash: Uint8Array) => void;
  /** Is told why a piece cannot be read, which leaves it out; what this throws ends the work. */
  readonly onUnreadable: (error: unknown) => void;
}

/** Reads pieces of data that lies there and hashes them, on all processors. */
export async function hashPieces(options: HashPiecesOptions): Promise<void> {
  const { files, layout, indices, signal, onProgress, onHash, onUnreadable } = options;
  const totalBytes = sumSizes(layout, indices);
  const hasher = PieceHasher.forData();
  const done = new Set<PieceIndex>();
  let doneBytes = 0;

  function advance(bytes: number): void {
    doneBytes += bytes;
    onProgress?.({ doneBytes, totalBytes });
  }

  async function hashHere(index: PieceIndex, piece: Uint8Array): Promise<void> {
    try {
      await files.read(layout.pieceOffset(index), piece);
    } catch (error) {
      return onUnreadable(error);
    }
    onHash(index, await hasher.hash(piece));
  }

  const hashes = await hashInLanes({
    ...{ files, layout, indices, signal, onBytes: advance },
    onUnreadable: async (index) => {
      const size = layout.pieceSize(index);
      await hashHere(index, new Uint8Array(size));
      done.add(index);
      advance(size);
    },
  });
  for (const [index, hash] of hashes) {
    onHash(index, hash);
    done.add(index);
  }
  doneBytes = sumSizes(layout, done); // what a thread did that has failed, it may not have told
  await eachPiece({
    ...{ layout, signal },
    indices: indices.filter((index) => !done.has(index)),
    work: async (index, piece) => {
      await hashHere(index, piece);
      advance(piece.length);
    },
  });
}

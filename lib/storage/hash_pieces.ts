import type { PieceIndex } from "../bytes/mod.ts";
import { fileSpans, type PieceLayout } from "../metainfo/mod.ts";
import type { DataFiles } from "./data_files.ts";
import { eachPiece, type LongWorkOptions, sumSizes } from "./each_piece.ts";
import { areWorthLanes, hashInLanes } from "./hash_lanes.ts";
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

  async function hashEach(some: readonly PieceIndex[]): Promise<void> {
    await eachPiece({
      ...{ layout, signal, indices: some },
      work: async (index, piece) => {
        await hashHere(index, piece);
        done.add(index);
        advance(piece.length);
      },
    });
  }

  const { whole, broken } = areWorthLanes(options)
    ? await partition(options)
    : { whole: indices, broken: [] };
  await hashEach(broken);
  const hashes = await hashInLanes({
    ...{ files, layout, signal, indices: whole, onBytes: advance },
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
  const untold = sumSizes(layout, done) - doneBytes; // by a thread that has failed
  if (untold > 0) advance(untold);
  await hashEach(whole.filter((index) => !done.has(index)));
}

/**
 * Tells pieces whose files are there, as long as they should be, from those of which some file is not:
 * to find that out for each piece takes a thread as long as to read it.
 */
async function partition(
  { files, layout, indices }: HashPiecesOptions,
): Promise<{ whole: PieceIndex[]; broken: PieceIndex[] }> {
  const lengths = new Map<number, number>();
  const whole: PieceIndex[] = [];
  const broken: PieceIndex[] = [];
  for (const index of indices) {
    let kind = whole;
    for (const span of fileSpans(files.files, layout.pieceOffset(index), layout.pieceSize(index))) {
      const { fileIndex, fileOffset, length } = span;
      const known = lengths.get(fileIndex) ?? await readableLength(files, fileIndex);
      lengths.set(fileIndex, known);
      if (fileOffset + length > known) kind = broken;
    }
    kind.push(index);
  }
  return { whole, broken };
}

/** How much of a file can be read, as far as can be seen without opening it. */
async function readableLength(files: DataFiles, fileIndex: number): Promise<number> {
  const role = files.files[fileIndex]?.role;
  if (role === "padding") return Infinity;
  if (role === "left out") return 0;
  const look = await files.stat(fileIndex).catch(() => undefined);
  return look?.kind === "file" ? look.size : 0;
}

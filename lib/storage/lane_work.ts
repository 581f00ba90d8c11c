import type { PieceIndex } from "../bytes/mod.ts";
import { fileSpans, PIECE_HASH_LENGTH, type PieceLayout } from "../metainfo/mod.ts";
import type { DataFiles } from "./data_files.ts";
import { type LaneWork, NUMBERS_A_PART, ZEROS } from "./hash_lane.ts";

/** Writes down where each piece lies, in memory that all threads see. */
export function prepareLanes(
  files: DataFiles,
  layout: PieceLayout,
  indices: readonly PieceIndex[],
): LaneWork {
  const parts: number[] = [];
  const firstParts = sharedArray(Uint32Array, indices.length + 1);
  for (const [at, index] of indices.entries()) {
    firstParts[at] = parts.length / NUMBERS_A_PART;
    const spans = fileSpans(files.files, layout.pieceOffset(index), layout.pieceSize(index));
    for (const { fileIndex, fileOffset, length } of spans) {
      const isPadding = files.files[fileIndex]?.role === "padding";
      parts.push(isPadding ? ZEROS : fileIndex, fileOffset, length);
    }
  }
  firstParts[indices.length] = parts.length / NUMBERS_A_PART;
  const numbers = sharedArray(Float64Array, parts.length);
  numbers.set(parts);
  return {
    paths: files.files.keys().map((fileIndex) => files.pathsOf(fileIndex)).toArray(),
    parts: numbers,
    firstParts,
    next: sharedArray(Int32Array, 1),
    done: sharedArray(Uint8Array, indices.length),
    hashes: sharedArray(Uint8Array, indices.length * PIECE_HASH_LENGTH),
  };
}

function sharedArray<T>(
  type: { new (buffer: SharedArrayBuffer): T; BYTES_PER_ELEMENT: number },
  length: number,
): T {
  return new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT));
}

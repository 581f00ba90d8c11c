import { SEPARATOR } from "../paths/mod.ts";
import type { PieceIndex } from "../bytes/mod.ts";
import { fileSpans, PIECE_HASH_LENGTH, type PieceLayout } from "../metainfo/mod.ts";
import type { DataFiles } from "./data_files.ts";
import { type LaneFile, type LaneWork, PART_FIELDS, ZEROS } from "./hash_lane.ts";

/** Writes down where each piece lies, in memory that all threads see. */
export function prepareLanes(
  data: DataFiles,
  layout: PieceLayout,
  indices: readonly PieceIndex[],
): LaneWork {
  const files: LaneFile[] = [];
  const places = new Map<number, number>();
  const placeOf = (fileIndex: number): number => {
    if (data.files[fileIndex]?.role === "padding") return ZEROS;
    const known = places.get(fileIndex);
    if (known !== undefined) return known;
    places.set(fileIndex, files.length);
    return files.push(laneFile(data, fileIndex)) - 1;
  };
  const parts: number[] = [];
  const firstParts = sharedArray(Uint32Array, indices.length + 1);
  for (const [at, index] of indices.entries()) {
    firstParts[at] = parts.length / PART_FIELDS;
    const spans = fileSpans(data.files, layout.pieceOffset(index), layout.pieceSize(index));
    for (const { fileIndex, fileOffset, length } of spans) {
      parts.push(placeOf(fileIndex), fileOffset, length);
    }
  }
  firstParts[indices.length] = parts.length / PART_FIELDS;
  const shared = sharedArray(Float64Array, parts.length);
  shared.set(parts);
  return {
    ...{ files, firstParts, parts: shared, separator: SEPARATOR },
    next: sharedArray(Int32Array, 1),
    stop: sharedArray(Int32Array, 1),
    done: sharedArray(Uint8Array, indices.length),
    hashes: sharedArray(Uint8Array, indices.length * PIECE_HASH_LENGTH),
  };
}

function laneFile(data: DataFiles, fileIndex: number): LaneFile {
  if (data.files[fileIndex]?.role === "left out") return { path: "", rootLength: 0 };
  const path = data.pathOf(fileIndex);
  return { path, rootLength: data.folderOf(path).length };
}

function sharedArray<T>(
  type: { new (buffer: SharedArrayBuffer): T; BYTES_PER_ELEMENT: number },
  length: number,
): T {
  return new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT));
}

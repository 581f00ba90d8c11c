import { Bitfield, type PieceIndex } from "../bytes/mod.ts";
import { type FileExtent, piecesOfFiles, type TorrentInfo } from "../metainfo/mod.ts";

/** A run of a torrent's data as it lies on the disk: a file, or parts of files that are not chosen. */
export interface DataFile extends FileExtent {
  /** The components of its path, below the root or below the folder of what lies aside. */
  readonly path: readonly string[];
  /**
   * `"padding"` is only zeros and has no place (BEP 47); `"aside"` is needed for a piece of a chosen
   * file and lies elsewhere; `"left out"` is not needed and has no place.
   */
  readonly role?: "padding" | "aside" | "left out";
}

/** What a store is to get of a torrent. */
export interface Selection {
  /** Places in the torrent of the files that are to be there in the end; no padding files. */
  readonly chosen: ReadonlySet<number>;
  /** The pieces that have a byte of one of them; all pieces if all files are chosen. */
  readonly wanted: Bitfield;
}

/**
 * Finds out what a choice of files takes; without one all are chosen.
 *
 * @throws {RangeError} if no file is chosen, or one that there is not
 */
export function selectionOf(
  info: Pick<TorrentInfo, "files" | "layout" | "name">,
  files?: ReadonlySet<number>,
): Selection {
  for (const index of files ?? []) {
    if (info.files[index] !== undefined) continue;
    throw new RangeError(`Cannot choose file ${index} of ${info.name}: there is none`);
  }
  const all = new Set(info.files.keys().filter((index) => info.files[index]?.role !== "padding"));
  if (files === undefined || files.isSupersetOf(all)) {
    return { chosen: all, wanted: Bitfield.full(info.layout.pieceCount) };
  }
  const chosen = files.intersection(all);
  if (chosen.size === 0) throw new RangeError(`Cannot open ${info.name}: no file of it is chosen`);
  return { chosen, wanted: piecesOfFiles(info, chosen) };
}

/**
 * Cuts the data into what lies in its place, what lies aside, and what is left out. Of a file that is
 * not in its place the bytes that a wanted piece has lie aside, in a file of their own for each piece;
 * so their names are the same whatever else is chosen.
 */
export function layOut(
  info: Pick<TorrentInfo, "files" | "layout">,
  inPlace: ReadonlySet<number>,
  wanted: Bitfield,
): readonly DataFile[] {
  const { pieceLength } = info.layout;
  const runs: DataFile[] = [];
  for (const [fileIndex, file] of info.files.entries()) {
    if (file.role === "padding" || inPlace.has(fileIndex)) {
      runs.push(file);
      continue;
    }
    for (const part of cutAtPieces(file, pieceLength)) {
      const isWanted = wanted.has(Math.floor(part.offset / pieceLength));
      runs.push(
        isWanted
          ? { ...part, path: [asideName(part)], role: "aside" }
          : { ...part, path: [], role: "left out" },
      );
    }
  }
  return runs;
}

/** The numbers of some pieces, in order. */
export function indicesOf({ layout }: Pick<TorrentInfo, "layout">, pieces: Bitfield): PieceIndex[] {
  return [...layout.pieceIndices()].filter((index) => pieces.has(index));
}

/** The name of the file that holds a run of data aside. */
export function asideName({ offset, length }: FileExtent): string {
  return `${offset}-${length}`;
}

/** Whether a name is one that {@linkcode asideName} gives. */
export function isAsideName(name: string): boolean {
  return /^[0-9]{1,15}-[0-9]{1,15}$/.test(name);
}

/** The parts of a file in its first piece, in its last one, and between them; none is empty. */
function* cutAtPieces({ offset, length }: FileExtent, pieceLength: number): Generator<FileExtent> {
  const end = offset + length;
  const headEnd = (Math.floor(offset / pieceLength) + 1) * pieceLength;
  const tailStart = Math.max(headEnd, Math.floor((end - 1) / pieceLength) * pieceLength);
  const cuts = [offset, headEnd, tailStart, end].map((at) => Math.min(at, end));
  for (let at = 0; at + 1 < cuts.length; at++) {
    const [start = 0, stop = 0] = cuts.slice(at, at + 2);
    if (stop > start) yield { offset: start, length: stop - start };
  }
}

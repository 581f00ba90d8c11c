import { Bitfield } from "../bytes/mod.ts";
import { parsePathGlob } from "./path_glob.ts";
import { quoteText } from "../bytes/mod.ts";
import type { TorrentInfo } from "./torrent.ts";

/** How many paths a message shows. */
const SHOWN_PATHS = 5;

/** What was asked for names no file of the torrent. */
export class FileSelectionError extends RangeError {
  /** The name of the class, for messages. */
  override name = "FileSelectionError";

  /** Makes the error of what is wrong. */
  constructor(
    /** What is wrong, in a clause; safe to show. */
    readonly reason: string,
  ) {
    super(`Cannot choose files: ${reason}`);
  }
}

/**
 * Finds the files that at least one of the patterns names, by their places in the torrent. A pattern
 * with a `/` is for the path below the torrent's name, one without for any component of it; either
 * may name a folder and chooses all that is in it. `*`, `?` and `[a-z]` stand for characters of one
 * component, `**` for any components; a name to the letter is one, too.
 *
 * The path of a torrent that is one file is its name. Padding files are never chosen.
 *
 * @throws {FileSelectionError} if a pattern names no file; it shows some of the paths
 */
export function selectFiles(
  info: Pick<TorrentInfo, "name" | "files">,
  patterns: readonly string[],
): Set<number> {
  const chosen = new Set<number>();
  for (const pattern of patterns) {
    const names = parsePathGlob(pattern);
    let matches = 0;
    for (const [fileIndex, file] of info.files.entries()) {
      if (file.role === "padding" || !names(pathOf(info, fileIndex))) continue;
      chosen.add(fileIndex);
      matches++;
    }
    if (matches === 0) throw new FileSelectionError(describeMiss(info, pattern));
  }
  return chosen;
}

/** The pieces that have a byte of one of the files, which are named by their places in the torrent. */
export function piecesOfFiles(
  { files, layout }: Pick<TorrentInfo, "files" | "layout">,
  fileIndices: Iterable<number>,
): Bitfield {
  const pieces = new Bitfield(layout.pieceCount);
  for (const fileIndex of fileIndices) {
    const file = files[fileIndex];
    if (file === undefined || file.role === "padding") continue;
    const end = file.offset + file.length;
    let piece = Math.floor(file.offset / layout.pieceLength);
    for (; file.length > 0 && piece * layout.pieceLength < end; piece++) pieces.set(piece);
  }
  return pieces;
}

function pathOf({ name, files }: Pick<TorrentInfo, "name" | "files">, fileIndex: number) {
  const path = files[fileIndex]?.path ?? [];
  return path.length === 0 ? [name] : path;
}

function describeMiss(info: Pick<TorrentInfo, "name" | "files">, pattern: string): string {
  const paths: string[] = [];
  for (const [fileIndex, { role }] of info.files.entries()) {
    if (role !== "padding") paths.push(quoteText(pathOf(info, fileIndex).join("/")));
  }
  const rest = paths.length - SHOWN_PATHS;
  const shown = paths.slice(0, SHOWN_PATHS).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  return `${quoteText(pattern)} matches none of ${quoteText(info.name)}, which has ${shown}`;
}

import type { TorrentInfo } from "../metainfo/mod.ts";
import { DataFiles } from "./data_files.ts";
import { indicesOf, layOut, type Selection } from "./data_layout.ts";
import type { LongWorkOptions } from "./each_piece.ts";
import { FileExistsError, nameSome } from "./errors.ts";
import type { FileLayer, FileStat } from "./file_layer.ts";
import { verifyPieces } from "./verify.ts";

/** What {@linkcode inspectFinal} looks at. */
export interface FinalPlace {
  readonly layer: FileLayer;
  readonly info: TorrentInfo;
  readonly selection: Selection;
  readonly paths: {
    /** Where the data is to be in the end. */
    readonly final: string;
    /** The folder of what lies aside. */
    readonly aside: string;
  };
}

/** The data in its final place, to be read. */
export interface FinalFiles {
  readonly files: DataFiles;
  /** How the files looked when they were known to be right. */
  readonly looks: ReadonlyMap<number, FileStat>;
  /** Whether all files of the torrent lie in their places, or not. */
  readonly extent: "whole" | "some files";
}

/**
 * Finds the chosen data in its final place, with every hash of a wanted piece checked; `undefined` if
 * there is nothing. Bytes of other files may lie there, too, or aside.
 *
 * @throws {FileExistsError} if something else is there, or less: it is never added to
 * @throws {StorageError} if the disk does not give what is there
 */
export async function inspectFinal(
  place: FinalPlace,
  work: LongWorkOptions = {},
): Promise<FinalFiles | undefined> {
  const { layer, info, selection, paths: { final: path } } = place;
  const stat = await layer.stat(path);
  if (stat === undefined) return undefined;
  if (stat.kind !== info.shape) throw new FileExistsError(path);
  const files = await openFinal(place);
  try {
    const looks = new Map<number, FileStat>();
    const missing: string[] = [];
    for (const [fileIndex, file] of files.placed()) {
      const look = await files.stat(fileIndex);
      if (look === undefined) {
        missing.push(file.role === "aside" ? files.pathOf(fileIndex) : file.path.join("/"));
      }
      if (look !== undefined && look.size !== file.length) throw new FileExistsError(path);
      if (look !== undefined) looks.set(fileIndex, look);
    }
    if (missing.length > 0) {
      throw new FileExistsError(
        path,
        `it is there without ${nameSome(missing)}, and nothing is ever added to it`,
      );
    }
    const wanted = indicesOf(info, selection.wanted);
    const right = await verifyPieces(info, files, wanted, { ...work, unreadable: "fault" });
    if (right.count < wanted.length) throw new FileExistsError(path);
    return { files, looks, extent: extentOf(files) };
  } finally {
    files.close(); // what is read later is opened anew
  }
}

/** Finds data that was just moved to its final place, where it looks as before unless it was copied. */
export async function openMoved(
  place: FinalPlace,
  before: ReadonlyMap<number, FileStat>,
): Promise<FinalFiles> {
  const files = await openFinal(place);
  const looks = new Map<number, FileStat>();
  for (const [fileIndex] of files.placed()) {
    const now = await files.stat(fileIndex);
    const look = before.get(fileIndex);
    if (now !== undefined) looks.set(fileIndex, look?.id === now.id ? look : now);
  }
  return { files, looks, extent: extentOf(files) };
}

/**
 * Names the files of data in its final place. A file that is not chosen but there at its size lies in
 * its place, as an earlier and larger choice has left it.
 */
async function openFinal({ layer, info, selection, paths }: FinalPlace): Promise<DataFiles> {
  const inPlace = new Set(selection.chosen);
  const here = new DataFiles({ layer, root: paths.final, files: info.files, mode: "read" });
  for (const [fileIndex, file] of here.placed()) {
    if (inPlace.has(fileIndex)) continue;
    const stat = await here.stat(fileIndex);
    if (stat?.kind === "file" && stat.size === file.length) inPlace.add(fileIndex);
  }
  return new DataFiles({
    ...{ layer, root: paths.final, aside: paths.aside },
    files: layOut(info, inPlace, selection.wanted),
    mode: "read",
  });
}

function extentOf({ files }: DataFiles): FinalFiles["extent"] {
  const isWhole = files.every(({ role }) => role === undefined || role === "padding");
  return isWhole ? "whole" : "some files";
}

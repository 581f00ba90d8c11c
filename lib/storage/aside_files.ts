import { dirname, join } from "../paths/mod.ts";
import type { Bitfield } from "../bytes/mod.ts";
import { piecesOfFiles, type TorrentInfo } from "../metainfo/mod.ts";
import { asideName, type DataFile, isAsideName, type Selection } from "./data_layout.ts";
import type { FileLayer } from "./file_layer.ts";
import { requirePlainPath } from "./plain_path.ts";

/** Where partial data lies, of which a choice is to be in its place. */
export interface SelectedData {
  readonly layer: FileLayer;
  readonly info: TorrentInfo;
  readonly paths: {
    /** The file or folder of the data. */
    readonly data: string;
    /** The folder of what lies aside. */
    readonly aside: string;
  };
  readonly selection: Selection;
  /** How the data is laid out for that choice. */
  readonly files: readonly DataFile[];
}

/** What must be done so that files lie where a choice wants them. */
export interface Moves {
  /** Files that get other paths. */
  readonly renames: readonly { readonly from: string; readonly to: string }[];
  /** Files that are not needed any more. */
  readonly removals: readonly string[];
  /** Pieces that have a byte of the files that come to their places. */
  readonly regained: Bitfield;
}

/**
 * Finds what an earlier choice has left elsewhere: whole files that are chosen now come back to their
 * places, whole files that are not are kept aside for a later choice, and parts of files that are not
 * needed go. Changes nothing.
 */
export async function planMoves(data: SelectedData): Promise<Moves> {
  const { layer, info, paths, selection } = data;
  const aside = new Set(await namesAside(layer, paths.aside));
  const renames: { from: string; to: string }[] = [];
  const removals: string[] = [];
  const regained: number[] = [];
  const kept = neededNames(data.files);
  for (const [fileIndex, file] of info.files.entries()) {
    if (file.role === "padding") continue;
    const place = join(paths.data, ...file.path);
    const name = asideName(file);
    const isChosen = selection.chosen.has(fileIndex);
    if (!isChosen) kept.add(name);
    if (isChosen && (file.length === 0 || !aside.has(name))) continue;
    const kind = (await layer.stat(place))?.kind;
    if (isChosen && kind === undefined) {
      renames.push({ from: join(paths.aside, name), to: place });
      regained.push(fileIndex);
      aside.delete(name);
    } else if (isChosen && kind !== "file") {
      kept.add(name); // what stands in its place is refused, and may be moved away
    } else if (!isChosen && kind === "file") {
      if (file.length === 0) removals.push(place);
      else renames.push({ from: place, to: join(paths.aside, name) });
    }
  }
  for (const name of aside) if (!kept.has(name)) removals.push(join(paths.aside, name));
  return { renames, removals, regained: piecesOfFiles(info, regained) };
}

/** Whether there is nothing to be done. */
export function isNoMove({ renames, removals }: Moves): boolean {
  return renames.length === 0 && removals.length === 0;
}

/** Does what was planned; after a crash the rest can be planned again. */
export async function carryOut(moves: Moves, { layer, paths }: SelectedData): Promise<void> {
  const refuseOutside = (path: string) =>
    requirePlainPath(layer, path.startsWith(paths.aside) ? paths.aside : paths.data, path);
  for (const path of moves.removals) {
    await refuseOutside(dirname(path));
    await layer.remove(path);
  }
  for (const { from, to } of moves.renames) {
    await refuseOutside(from);
    await refuseOutside(to);
    await layer.makeFolder(dirname(to));
    await layer.rename(from, to);
  }
}

/**
 * Removes what lies aside and is not needed for these files, and the folder once it is empty; returns
 * once the names of what stays are on the disk.
 */
export async function sweepAside(
  layer: FileLayer,
  folder: string,
  files: readonly DataFile[] = [],
): Promise<void> {
  const needed = neededNames(files);
  for (const name of await namesAside(layer, folder)) {
    if (!needed.has(name)) await layer.remove(join(folder, name));
  }
  await removeEmpty(layer, folder);
  if (needed.size === 0) return;
  await layer.syncFolder(folder);
  await layer.syncFolder(dirname(folder));
}

/** Removes the folders that only files need which are not chosen, if these files have left them. */
export async function removeEmptyFolders(data: SelectedData): Promise<void> {
  const { layer, info, paths, selection } = data;
  const needed = new Set<string>();
  const others = new Set<string>();
  for (const [fileIndex, file] of info.files.entries()) {
    const folders = selection.chosen.has(fileIndex) ? needed : others;
    for (let depth = file.path.length - 1; depth > 0; depth--) {
      folders.add(join(paths.data, ...file.path.slice(0, depth)));
    }
  }
  const deepestFirst = [...others.difference(needed)].sort((a, b) => b.length - a.length);
  for (const folder of deepestFirst) {
    if (await layer.stat(folder) === undefined) continue;
    await requirePlainPath(layer, paths.data, folder);
    await removeEmpty(layer, folder);
  }
}

function neededNames(files: readonly DataFile[]): Set<string> {
  return new Set(files.filter(({ role }) => role === "aside").map(asideName));
}

/** The files of ours in the folder, which need not exist; what lies behind a link is not ours. */
async function namesAside(layer: FileLayer, folder: string): Promise<string[]> {
  if ((await layer.stat(folder))?.kind !== "folder") return [];
  const entries = await layer.list(folder);
  return entries.filter(({ name, kind }) => kind === "file" && isAsideName(name))
    .map(({ name }) => name);
}

async function removeEmpty(layer: FileLayer, folder: string): Promise<void> {
  if ((await layer.stat(folder))?.kind !== "folder") return;
  if ((await layer.list(folder)).length === 0) await layer.remove(folder);
}

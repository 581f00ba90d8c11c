import { basename, join, resolve } from "@std/path";
import { checkName, checkPath, type TorrentFile } from "../metainfo/mod.ts";
import { StorageError } from "./errors.ts";
import type { FileLayer, FileStat } from "./file_layer.ts";

/** The data at a path, as a torrent would hold it. */
export interface ScannedData {
  /** The absolute path, links followed. */
  readonly root: string;
  /** The last part of the path as it was given. */
  readonly name: string;
  /** Whether it is one file or a folder. */
  readonly shape: "file" | "folder";
  /** The files in order of their paths, hidden and empty ones, too. */
  readonly files: readonly TorrentFile[];
  /** How each file looks. */
  readonly looks: readonly FileStat[];
  /** Paths of what was left out: links, which could lead anywhere, and what is neither file nor folder. */
  readonly skipped: readonly string[];
}

/**
 * Finds the files at a path. A link is followed if it is the path itself, never inside a folder.
 *
 * @throws {UnsafePathError} if a name could not be written on every system
 * @throws {StorageError} if there is nothing, or no file in the folder
 */
export async function scanPath(layer: FileLayer, path: string): Promise<ScannedData> {
  const name = basename(resolve(path));
  checkName(name);
  const root = await layer.resolve(path);
  const stat = await layer.stat(root);
  if (stat?.kind === "file") {
    const file = { path: [], length: stat.size, offset: 0 };
    return { root, name, shape: "file", files: [file], looks: [stat], skipped: [] };
  }

  const files: TorrentFile[] = [];
  const looks: FileStat[] = [];
  const skipped: string[] = [];
  let offset = 0;
  for await (const entry of walk(layer, root, [])) {
    if (entry.stat?.kind === "file") {
      checkPath(entry.path);
      files.push({ path: entry.path, length: entry.stat.size, offset });
      looks.push(entry.stat);
      offset += entry.stat.size;
    } else {
      skipped.push(join(root, ...entry.path));
    }
  }
  if (files.length === 0) {
    throw new StorageError(`Cannot read ${path}: there is no file in the folder`, path);
  }
  return { root, name, shape: "folder", files, looks, skipped };
}

interface Entry {
  readonly path: readonly string[];
  readonly stat: FileStat | undefined;
}

async function* walk(
  layer: FileLayer,
  root: string,
  folder: readonly string[],
): AsyncGenerator<Entry> {
  const entries = await layer.list(join(root, ...folder));
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of entries) {
    const path = [...folder, entry.name];
    if (entry.kind === "folder") yield* walk(layer, root, path);
    else yield { path, stat: await layer.stat(join(root, ...path)) };
  }
}

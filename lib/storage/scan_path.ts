import { basename, join, resolve } from "../paths/mod.ts";
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
 * @throws {StorageError} if there is nothing, or no file in the folder, or it is neither file nor folder
 */
export async function scanPath(layer: FileLayer, path: string): Promise<ScannedData> {
  const name = basename(resolve(path));
  checkName(name);
  const root = await layer.resolve(path);
  const stat = await layer.stat(root);
  if (stat?.kind === "other") {
    throw new StorageError(
      `Cannot read ${path}: it is a pipe, a socket or a device; name a file or a folder`,
      path,
    );
  }
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
  entries.sort((a, b) => compareCharacters(a.name, b.name));
  for (const entry of entries) {
    const path = [...folder, entry.name];
    if (entry.kind === "folder") yield* walk(layer, root, path);
    else yield { path, stat: await layer.stat(join(root, ...path)) };
  }
}

/** The order of characters, which is that of the bytes in UTF-8; the order of UTF-16 is another. */
function compareCharacters(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  // Within a pair of surrogates the characters differ, and so begins the pair.
  if (at > 0 && a.codePointAt(at - 1)! > 0xffff) at--;
  return (a.codePointAt(at) ?? -1) - (b.codePointAt(at) ?? -1);
}

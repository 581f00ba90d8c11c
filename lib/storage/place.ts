import { dirname } from "../paths/mod.ts";
import { type Bitfield, equalBytes } from "../bytes/mod.ts";
import { pieceHash, type TorrentInfo } from "../metainfo/mod.ts";
import { DataFiles } from "./data_files.ts";
import { type DataFile, indicesOf } from "./data_layout.ts";
import { eachPiece } from "./each_piece.ts";
import { FileExistsError, StorageChangedError, StorageError } from "./errors.ts";
import type { FileLayer } from "./file_layer.ts";
import { sha1 } from "./sha1.ts";
import { siblingPath } from "./sibling_path.ts";

/** What {@linkcode moveIntoPlace} moves, and where to. */
export interface Placing {
  readonly layer: FileLayer;
  readonly info: TorrentInfo;
  /** The pieces that the data has. */
  readonly wanted: Bitfield;
  /** The data with what lies aside, which stays there. */
  readonly files: readonly DataFile[];
  /** The file or folder of the data. */
  readonly from: string;
  /** The folder of what lies aside. */
  readonly aside: string;
  /** The final path. */
  readonly to: string;
}

/**
 * Moves the data to its final path, in one step, and never over anything that is there. Where the
 * two paths lie on different file systems the data is copied beside the final path first, and
 * checked on the way.
 *
 * @throws {FileExistsError} if the final path is taken
 */
export async function moveIntoPlace(placing: Placing): Promise<void> {
  const { layer, info, from, to } = placing;
  await layer.makeFolder(dirname(to));
  try {
    await moveWithin(layer, info.shape, from, to);
  } catch (error) {
    if (!hasCode(error, "EXDEV")) throw error;
    const copy = copyPath(to);
    await copyData(placing, copy);
    await moveWithin(layer, info.shape, copy, to);
    await layer.remove(from);
  }
  await layer.syncFolder(dirname(to));
}

/**
 * Where data is copied that comes from another file system. No torrent can be named `NAME.partial`,
 * so that this is never the partial data of another one.
 */
export function copyPath(final: string): string {
  return siblingPath(final, ".partial.partial");
}

/**
 * Moves a file or folder within a file system, never over anything that is there.
 *
 * @throws {FileExistsError} if the new path is taken
 */
export async function moveWithin(
  layer: FileLayer,
  shape: TorrentInfo["shape"],
  from: string,
  to: string,
): Promise<void> {
  try {
    if (shape === "folder") return await layer.rename(from, to); // replaces an empty one at most
    await layer.link(from, to);
  } catch (error) {
    if (hasCode(error, "EEXIST", "ENOTEMPTY", "ENOTDIR")) throw new FileExistsError(to);
    if (shape === "folder" || hasCode(error, "EXDEV")) throw error;
    // A file system without hard links: the look and the rename are two steps there.
    if (await layer.stat(to) !== undefined) throw new FileExistsError(to);
    return await layer.rename(from, to);
  }
  await layer.remove(from);
}

async function copyData(placing: Placing, to: string): Promise<void> {
  const { layer, info, wanted, from, aside } = placing;
  const source = new DataFiles({ layer, root: from, aside, files: placing.files, mode: "read" });
  const files = placing.files.map((file): DataFile =>
    file.role === "aside" ? { ...file, role: "left out" } : file
  );
  const target = new DataFiles({ layer, root: to, files, mode: "update" });
  const { layout } = info;
  try {
    await target.prepare();
    await eachPiece({
      layout,
      indices: indicesOf(info, wanted),
      work: async (index, piece) => {
        await source.read(layout.pieceOffset(index), piece);
        if (!equalBytes(await sha1(piece), pieceHash(info, index))) {
          throw new StorageChangedError(`Cannot move ${from}: piece ${index} is bad`, from);
        }
        await target.write(layout.pieceOffset(index), piece);
      },
    });
    await target.sync();
  } finally {
    source.close();
    target.close();
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof StorageError && codes.includes(error.code ?? "");
}

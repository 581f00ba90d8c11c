import {
  createInfo,
  encodeTorrent,
  type EncodeTorrentOptions,
  type TorrentInfo,
} from "../metainfo/mod.ts";
import { lockChunks } from "./chunk_store.ts";
import type { LongWorkOptions } from "./each_piece.ts";
import { ensureFreeSpace } from "./free_space.ts";
import { hashScanned } from "./hash_paths.ts";
import type { Library } from "./library.ts";
import { scanPath } from "./scan_path.ts";
import { replaceFile, writeFileAtomic } from "./small_file.ts";

/** What {@linkcode cutIntoChunks} cuts. */
export interface CutOptions extends LongWorkOptions {
  /** The library whose `Chunks/` gets the chunk files. */
  readonly library: Library;
  /** A name in `Original_Files/`, or any path, of a file or a folder. */
  readonly path: string;
  /** Bytes of each chunk but the last; chosen by the length of the data where it is left out. */
  readonly pieceLength?: number;
  /** What else the torrent file is to say. */
  readonly torrent?: Omit<EncodeTorrentOptions, "info">;
}

/** What {@linkcode cutIntoChunks} wrote. */
export interface CutChunks {
  /** What the torrent says. */
  readonly info: TorrentInfo;
  /** Where its file lies. */
  readonly torrentPath: string;
  /** Where the chunk files lie, in the order of their numbers. */
  readonly partPaths: readonly string[];
  /** Paths of what was left out of a folder: links, and what is neither file nor folder. */
  readonly skipped: readonly string[];
}

/**
 * Cuts a file, or the files of a folder joined, into `Chunks/NAME.part1` and so on, and writes
 * `Chunks/NAME.torrent` when all of them are there. Chunk files of that name are replaced.
 *
 * @throws {StorageError} if something cannot be read or written, or changed meanwhile
 * @throws {NoSpaceError} if the disk has no room for another copy of the data
 * @throws {StoreInUseError} if another process has the chunk files open
 */
export async function cutIntoChunks(options: CutOptions): Promise<CutChunks> {
  const { library } = options;
  const { layer } = library;
  const path = await library.resolveOriginal(options.path);
  const data = await scanPath(layer, path);
  const totalLength = data.files.reduce((sum, file) => sum + file.length, 0);
  await layer.makeFolder(library.chunks);
  await ensureFreeSpace(library.chunks, totalLength, layer);

  await using cleanup = new AsyncDisposableStack();
  const lock = await lockChunks(library, data.name);
  cleanup.defer(() => lock.release());
  const hashed = await hashScanned(layer, data, {
    ...options,
    path,
    onPiece: (index, piece) =>
      replaceFile(layer, library.partPath(data.name, index), piece, { durability: "cached" }),
  });
  const info = await createInfo(hashed);
  const torrentPath = library.torrentPath(info.name);
  await writeFileAtomic(layer, torrentPath, encodeTorrent({ ...options.torrent, info }));
  const partPaths = Array.from(
    info.layout.pieceIndices(),
    (index) => library.partPath(info.name, index),
  );
  return { info, torrentPath, partPaths, skipped: data.skipped };
}

import { basename } from "../paths/mod.ts";
import { openChunkStore } from "./chunk_store.ts";
import type { LongWorkOptions } from "./each_piece.ts";
import { ChunkMismatchError, ChunkMissingError, StorageError } from "./errors.ts";
import type { Library } from "./library.ts";
import type { PieceStore } from "./piece_store.ts";

/** What {@linkcode mergeChunks} merges. */
export interface MergeOptions extends LongWorkOptions {
  /** The library whose `Chunks/` holds the chunk files and the torrent file. */
  readonly library: Library;
  /** The name of the torrent. */
  readonly name: string;
}

/**
 * Puts the chunk files of a name together, in the order of their numbers and with every hash
 * checked, and gives the path of the file in `Original_Files/`, which appears there whole. The chunk
 * files stay.
 *
 * @throws {ChunkMismatchError} if chunk files are wrong; it names them, and nothing was written
 * @throws {ChunkMissingError} if chunk files are missing; it names them, and nothing was written
 * @throws {FileExistsError} if something else of that name is there
 * @throws {StorageError} if there is no torrent file
 */
export async function mergeChunks(options: MergeOptions): Promise<string> {
  const { library, name } = options;
  const { info } = await library.readTorrent(name);
  if (info.name !== name) {
    const path = library.torrentPath(name);
    throw new StorageError(`Cannot merge ${name}: ${path} is the torrent of ${info.name}`, path);
  }
  await using store = await openChunkStore({ ...options, info, intent: "serve" });
  if (!store.held.isFull) await refuseIncomplete(library, store);
  return await store.finish();
}

async function refuseIncomplete(library: Library, { info, held }: PieceStore): Promise<never> {
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const index of info.layout.pieceIndices()) {
    if (held.has(index)) continue;
    const path = library.partPath(info.name, index);
    const names = await library.layer.stat(path) === undefined ? missing : wrong;
    names.push(basename(path));
  }
  const Fault = wrong.length > 0 ? ChunkMismatchError : ChunkMissingError;
  throw new Fault(info.name, { missing, wrong });
}

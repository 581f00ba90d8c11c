import { Bitfield, equalBytes, type PieceIndex } from "../bytes/mod.ts";
import { pieceHash, type TorrentInfo } from "../metainfo/mod.ts";
import { DataFiles } from "./data_files.ts";
import { denoFileLayer } from "./deno_file_layer.ts";
import type { LongWorkOptions } from "./each_piece.ts";
import { isDataError, StorageChangedError, StorageError } from "./errors.ts";
import type { FileLayer } from "./file_layer.ts";
import { hashPieces } from "./hash_pieces.ts";

/** What {@linkcode verifyData} and others take beside the torrent and the path. */
export interface VerifyOptions extends LongWorkOptions {
  /** The file calls; those of the machine by default. */
  readonly layer?: FileLayer | undefined;
}

/** How {@linkcode verifyPieces} goes about. */
export interface VerifyPiecesOptions extends LongWorkOptions {
  /**
   * What it means that the disk does not give bytes that are there: `"missing"` (the default) takes
   * them for bad ones, `"fault"` rejects with the error.
   */
  readonly unreadable?: "missing" | "fault";
}

/** Which of some pieces the files hold; what cannot be read for its own fault is not held. */
export async function verifyPieces(
  info: TorrentInfo,
  files: DataFiles,
  indices: readonly PieceIndex[],
  options: VerifyPiecesOptions = {},
): Promise<Bitfield> {
  const isMissing = (error: unknown): boolean =>
    options.unreadable === "fault" ? error instanceof StorageChangedError : isDataError(error);
  const held = new Bitfield(info.layout.pieceCount);
  await hashPieces({
    ...{ ...options, files, indices, layout: info.layout },
    onHash: (index, hash) => {
      if (equalBytes(hash, pieceHash(info, index))) held.set(index);
    },
    onUnreadable: (error) => {
      if (!isMissing(error)) throw error;
    },
  });
  return held;
}

/**
 * Which pieces of a torrent the file or folder at `path` holds: each is read and hashed. Inside a
 * folder, files that are missing or have another size only cost the pieces that they touch.
 *
 * @throws {StorageError} if there is nothing at `path`, or a folder in the place of a file
 */
export async function verifyData(
  info: TorrentInfo,
  path: string,
  options: VerifyOptions = {},
): Promise<Bitfield> {
  const layer = options.layer ?? denoFileLayer;
  const root = await resolveData(layer, info, path);
  const files = new DataFiles({ layer, root, files: info.files, mode: "read" });
  try {
    return await verifyPieces(info, files, [...info.layout.pieceIndices()], options);
  } finally {
    files.close();
  }
}

/** The path of existing data with links followed; its kind must be that of the torrent. */
export async function resolveData(
  layer: FileLayer,
  info: TorrentInfo,
  path: string,
): Promise<string> {
  const root = await layer.resolve(path);
  const kind = (await layer.stat(root))?.kind;
  if (kind !== info.shape) {
    throw new StorageError(
      `Cannot use ${path} for ${info.name}: it must be a ${info.shape}, as the torrent says`,
      path,
    );
  }
  return root;
}

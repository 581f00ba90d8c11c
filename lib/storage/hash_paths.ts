import {
  choosePieceLength,
  PIECE_HASH_LENGTH,
  PieceLayout,
  type TorrentFile,
} from "../metainfo/mod.ts";
import type { PieceIndex } from "../bytes/mod.ts";
import { DataFiles } from "./data_files.ts";
import { denoFileLayer } from "./deno_file_layer.ts";
import { eachPiece } from "./each_piece.ts";
import { StorageChangedError } from "./errors.ts";
import { type FileLayer, type FileStat, isSameLook } from "./file_layer.ts";
import { hashPieces } from "./hash_pieces.ts";
import { PieceHasher } from "./piece_hasher.ts";
import { type ScannedData, scanPath } from "./scan_path.ts";
import type { VerifyOptions } from "./verify.ts";

/** What {@linkcode hashPaths} hashes. */
export interface HashPathsOptions extends VerifyOptions {
  /** A file, or a folder with all that is in it. */
  readonly path: string;
  /** Bytes of each piece but the last; chosen by the length of the data where it is left out. */
  readonly pieceLength?: number | undefined;
}

/** Data that was hashed: what `createInfo` makes a torrent of, and where it lies. */
export interface HashedPaths {
  /** The last part of the path. */
  readonly name: string;
  /** Whether it is one file or a folder. */
  readonly shape: "file" | "folder";
  /** The files in order of their paths. */
  readonly files: readonly TorrentFile[];
  /** How each file looked before and after it was hashed. */
  readonly looks: readonly FileStat[];
  /** Bytes of each piece but the last. */
  readonly pieceLength: number;
  /** The SHA-1 of each piece, 20 bytes each, joined. */
  readonly pieceHashes: Uint8Array<ArrayBuffer>;
  /** The absolute path, links followed. */
  readonly root: string;
  /** Paths of what was left out of a folder: links, and what is neither file nor folder. */
  readonly skipped: readonly string[];
}

/**
 * Hashes a file, or all files in a folder, for a new torrent.
 *
 * @throws {UnsafePathError} if a name could not be written on every system
 * @throws {StorageChangedError} if a file changed meanwhile
 * @throws {StorageError} if something cannot be read
 */
export async function hashPaths(options: HashPathsOptions): Promise<HashedPaths> {
  const layer = options.layer ?? denoFileLayer;
  const data = await scanPath(layer, options.path);
  return await hashScanned(layer, data, options);
}

/** Hashes what was found at a path, and hands each piece on if that is wanted. */
export async function hashScanned(
  layer: FileLayer,
  data: ScannedData,
  options: HashPathsOptions & {
    /** Takes a piece, whose bytes have another use when this has settled. */
    readonly onPiece?: (index: PieceIndex, piece: Uint8Array) => Promise<void>;
  },
): Promise<HashedPaths> {
  const { root, name, shape, files, looks, skipped } = data;
  const totalLength = files.reduce((sum, file) => sum + file.length, 0);
  const pieceLength = options.pieceLength ?? choosePieceLength(totalLength);
  const layout = new PieceLayout({ totalLength, pieceLength });
  const pieceHashes = new Uint8Array(layout.pieceCount * PIECE_HASH_LENGTH);
  const source = new DataFiles({ layer, root, files, mode: "read" });
  const indices = [...layout.pieceIndices()];
  const onHash = (index: PieceIndex, hash: Uint8Array): void =>
    pieceHashes.set(hash, index * PIECE_HASH_LENGTH);
  const { onPiece } = options;
  try {
    if (onPiece === undefined) {
      const onUnreadable = (error: unknown): never => {
        throw error;
      };
      await hashPieces({ ...options, files: source, layout, indices, onHash, onUnreadable });
    } else {
      const hasher = PieceHasher.forData();
      await eachPiece({
        ...{ ...options, layout, indices },
        work: async (index, piece) => {
          await source.read(layout.pieceOffset(index), piece);
          onHash(index, await hasher.hash(piece));
          await onPiece(index, piece);
        },
      });
    }
    await refuseChanged(source, data);
  } finally {
    source.close();
  }
  return { name, shape, files, looks, pieceLength, pieceHashes, root, skipped };
}

async function refuseChanged(source: DataFiles, data: ScannedData): Promise<void> {
  for (const [fileIndex, look] of data.looks.entries()) {
    const stat = await source.stat(fileIndex);
    if (stat !== undefined && isSameLook(look, stat)) continue;
    const path = source.pathOf(fileIndex);
    throw new StorageChangedError(
      `Cannot hash ${path}: it changed meanwhile; try again when nothing writes to it`,
      path,
    );
  }
}

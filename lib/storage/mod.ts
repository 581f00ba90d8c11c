/**
 * The data of torrents on the disk: the library folder, the stores that keep pieces (partial files
 * with a journal, whole files in place, chunk files, memory), hashing and verification.
 *
 * @module
 */
export type { Bitfield, InfoHash, PieceIndex } from "../bytes/mod.ts";
export type {
  EncodeTorrentOptions,
  PieceLayout,
  Torrent,
  TorrentFile,
  TorrentInfo,
} from "../metainfo/mod.ts";
export type { Clock } from "../net/mod.ts";
export { type ChunkStoreOptions, openChunkStore } from "./chunk_store.ts";
export { type CutChunks, cutIntoChunks, type CutOptions } from "./cut.ts";
export { denoFileLayer } from "./deno_file_layer.ts";
export type { LongWorkOptions, StorageProgress } from "./each_piece.ts";
export {
  ChunkError,
  type ChunkFaults,
  ChunkMismatchError,
  ChunkMissingError,
  FileExistsError,
  NoSpaceError,
  PieceNotHeldError,
  StorageChangedError,
  StorageError,
  type StorageErrorOptions,
  StoreInUseError,
} from "./errors.ts";
export type { FileHandle, FileLayer, FileStat, OpenMode } from "./file_layer.ts";
export { ensureFreeSpace, freeSpace } from "./free_space.ts";
export { type HashedPaths, hashPaths, type HashPathsOptions } from "./hash_paths.ts";
export { type Library, openLibrary } from "./library.ts";
export { openMemoryStore } from "./memory_store.ts";
export { mergeChunks, type MergeOptions } from "./merge.ts";
export { openPartialStore, type PartialPlace, type PartialStoreOptions } from "./partial_store.ts";
export type { PieceStore } from "./piece_store.ts";
export { openSeedStore, type SeedStoreOptions } from "./seed_store.ts";
export { writeFileAtomic } from "./small_file.ts";
export {
  openUploadFolder,
  type ReceiveOptions,
  type UploadFolder,
  WrongLengthError,
} from "./upload_folder.ts";
export { verifyData, type VerifyOptions } from "./verify.ts";

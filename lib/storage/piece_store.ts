import type { Bitfield, PieceIndex } from "../bytes/mod.ts";
import type { TorrentInfo } from "../metainfo/mod.ts";
import type { LongWorkOptions } from "./each_piece.ts";

/**
 * Where the pieces of one torrent are kept.
 *
 * Invariant: `held` has a piece only if its hash was right and all of it was written; so it is after
 * a crash at any moment, too. No piece is held that is not `wanted`. Every rejection for which a file
 * is to blame is a {@linkcode StorageError}.
 */
export interface PieceStore extends AsyncDisposable {
  /** What the torrent says. */
  readonly info: TorrentInfo;
  /**
   * The pieces that the store is to get in the end, and the only ones that it takes: all of them,
   * unless files were chosen; then those that have a byte of a chosen file. It never changes.
   */
  readonly wanted: Bitfield;
  /** The pieces that can be read. It lives: the store changes it, and nobody else. */
  readonly held: Bitfield;
  /**
   * Every piece that was held and turned out bad later, once it is no longer in `held`; it can be put
   * again until the data is in its final place. For one reader; ends when the store is closed.
   */
  readonly lost: ReadableStream<PieceIndex>;

  /**
   * Checks a piece and keeps it; one that is held already is not written again. `data` is not
   * touched after the promise has settled. After a rejection the store goes on, and the same piece
   * may be put again.
   *
   * @throws {NoSpaceError} if the disk is full
   * @throws {RangeError} if the piece is not wanted
   */
  put(index: PieceIndex, data: Uint8Array): Promise<"held" | "mismatch">;

  /**
   * Fills all of `target` from `begin` (bytes from the start of the piece) on.
   *
   * @throws {PieceNotHeldError} if the piece is not held
   * @throws {StorageChangedError} if the file is not what it was; the piece is no longer held then
   * @throws {RangeError} if the piece does not have these bytes
   */
  read(index: PieceIndex, begin: number, target: Uint8Array): Promise<void>;

  /** The same as a stream, which reads from the disk what its reader asks for and no more. */
  stream(index: PieceIndex, begin: number, length: number): ReadableStream<Uint8Array>;

  /**
   * Puts the wanted data in its final place and gives the path; the store can be read on. The same
   * data there is fine. Where that means copying it ends by the signal and tells its progress.
   *
   * @throws {StorageError} if wanted pieces are missing
   * @throws {StorageChangedError} if the data was changed underneath: what is bad is no longer held
   * @throws {FileExistsError} if something else is there, which is never overwritten
   */
  finish(work?: LongWorkOptions): Promise<string>;

  /**
   * Waits for what has begun and gives the files free for others; a second call does nothing. Never
   * rejects: what could not be forced to the disk by now is looked at again by the next open.
   */
  close(): Promise<void>;
}

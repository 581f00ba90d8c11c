import { Bitfield, equalBytes, type PieceIndex } from "../bytes/mod.ts";
import { pieceHash, type TorrentInfo } from "../metainfo/mod.ts";
import type { DataFiles } from "./data_files.ts";
import { isDataError, StorageChangedError } from "./errors.ts";
import { type FileStat, isSameLook } from "./file_layer.ts";
import { sha1 } from "./sha1.ts";

/**
 * Reads held pieces of files that others may change at any time, and never gives a byte of a piece
 * that was not right when it was read.
 *
 * Invariant: while a held piece is not suspect, each of its files has looked the same (size, time of
 * change, identity) since the piece was verified. Each read looks at the file after the data. When a
 * file looks different all its pieces become suspect, and a suspect piece is hashed again by the
 * read that asks for it: it is cleared of suspicion, or no longer held.
 */
export class WatchedFiles {
  readonly #info: TorrentInfo;
  readonly #files: DataFiles;
  readonly #held: Bitfield;
  readonly #suspect: Bitfield;
  /** How each file looked when it was last looked at. */
  readonly #looks = new Map<number, FileStat>();
  /** Counts the changes seen, so that a read can tell whether one came while it ran. */
  #changes = 0;

  /** Watches over the pieces in `held`, and clears those that turn out bad. */
  constructor(info: TorrentInfo, files: DataFiles, held: Bitfield) {
    this.#info = info;
    this.#files = files;
    this.#held = held;
    this.#suspect = new Bitfield(held.length);
  }

  /** Remembers how all files look; must be called before their pieces are verified. */
  async lookAtAll(): Promise<void> {
    for (const fileIndex of this.#files.files.keys()) await this.lookAt(fileIndex);
  }

  /** Remembers how one file looks and tells it; must be called before its pieces are verified. */
  async lookAt(fileIndex: number): Promise<FileStat | undefined> {
    const stat = await this.#files.stat(fileIndex);
    if (stat === undefined) this.#looks.delete(fileIndex);
    else this.#looks.set(fileIndex, stat);
    return stat;
  }

  /** Fills `target` with bytes of a held piece. */
  async read(index: PieceIndex, begin: number, target: Uint8Array): Promise<void> {
    if (!this.#suspect.has(index)) {
      const offset = this.#info.layout.pieceOffset(index) + begin;
      const outcome = await this.#tryRead(offset, target);
      if (outcome === "read" && !this.#suspect.has(index)) return;
    }
    await this.#readVerified(index, begin, target);
  }

  async #tryRead(offset: number, target: Uint8Array): Promise<"read" | "bad"> {
    try {
      await this.#files.read(offset, target, (fileIndex, stat) => this.#see(fileIndex, stat));
      return "read";
    } catch (error) {
      if (isDataError(error)) return "bad";
      throw error;
    }
  }

  async #readVerified(index: PieceIndex, begin: number, target: Uint8Array): Promise<void> {
    const piece = new Uint8Array(this.#info.layout.pieceSize(index));
    const changesBefore = this.#changes;
    const offset = this.#info.layout.pieceOffset(index);
    const outcome = await this.#tryRead(offset, piece);
    if (outcome === "bad" || !equalBytes(await sha1(piece), pieceHash(this.#info, index))) {
      this.#held.clear(index);
      const path = this.#files.pathAt(offset);
      throw new StorageChangedError(
        `Cannot read piece ${index} of ${this.#info.name}: ${path} has changed; share it anew`,
        path,
      );
    }
    if (this.#changes === changesBefore) this.#suspect.clear(index);
    target.set(piece.subarray(begin, begin + target.length));
  }

  /** Takes note of how a file looks now. */
  #see(fileIndex: number, stat: FileStat): void {
    const look = this.#looks.get(fileIndex);
    const file = this.#files.files[fileIndex];
    if (file === undefined || look !== undefined && isSameLook(look, stat)) return;
    this.#looks.set(fileIndex, stat);
    this.#changes++;
    const { pieceLength } = this.#info.layout;
    const end = file.offset + file.length;
    for (let at = Math.floor(file.offset / pieceLength); at * pieceLength < end; at++) {
      this.#suspect.set(at);
    }
  }
}

import { Bitfield, equalBytes, type PieceIndex } from "../bytes/mod.ts";
import { pieceHash, type TorrentInfo } from "../metainfo/mod.ts";
import type { DataFiles } from "./data_files.ts";
import { isDataError, StorageChangedError, StorageError } from "./errors.ts";
import { type FileHandle, type FileStat, isSameLook } from "./file_layer.ts";
import type { HeldPieces } from "./held_pieces.ts";
import { sha1 } from "./sha1.ts";
import { verifyPieces } from "./verify.ts";

/**
 * Reads held pieces of files that others may change at any time, and never gives a byte of a piece
 * that was not right when it was read.
 *
 * Invariant: while a held piece is not suspect, each of its files has looked the same (size, time of
 * change, identity) since the piece was verified, but for what was written through here. Each read
 * looks at the file after the data. When a file looks different all its pieces become suspect, and a
 * suspect piece is hashed again by the read that asks for it: it is cleared of suspicion, or no
 * longer held.
 */
export class WatchedFiles {
  readonly #info: TorrentInfo;
  readonly #files: DataFiles;
  readonly #held: HeldPieces;
  readonly #suspect: Bitfield;
  /** How each file looked when it was last looked at, or last written to. */
  readonly #looks = new Map<number, FileStat>();
  /** Our own writes that run, by file: while there are any, the look of the file tells nothing. */
  readonly #writing = new Map<number, number>();
  /** Counts the changes seen, so that a read can tell whether one came while it ran. */
  #changes = 0;

  /** Watches over the pieces in `held`, and loses those that turn out bad. */
  constructor(info: TorrentInfo, files: DataFiles, held: HeldPieces) {
    this.#info = info;
    this.#files = files;
    this.#held = held;
    this.#suspect = new Bitfield(held.bits.length);
  }

  /** How the files look, by their numbers. */
  get looks(): ReadonlyMap<number, FileStat> {
    return this.#looks;
  }

  /** Remembers how all files look; must be called before their pieces are verified. */
  async lookAtAll(): Promise<void> {
    for (const [fileIndex] of this.#files.placed()) await this.lookAt(fileIndex);
  }

  /** Remembers how one file looks and tells it; must be called before its pieces are verified. */
  async lookAt(fileIndex: number): Promise<FileStat | undefined> {
    const stat = await this.#files.stat(fileIndex);
    if (stat === undefined) this.#looks.delete(fileIndex);
    else this.#looks.set(fileIndex, stat);
    return stat;
  }

  /** Takes it from another that a file looked so when its pieces were verified. */
  expect(fileIndex: number, look: FileStat): void {
    this.#looks.set(fileIndex, look);
  }

  /** Fills `target` with bytes of a held piece. */
  async read(index: PieceIndex, begin: number, target: Uint8Array): Promise<void> {
    if (!this.#suspect.has(index)) {
      const offset = this.#info.layout.pieceOffset(index) + begin;
      const fault = await this.#tryRead(offset, target);
      if (fault === undefined && !this.#suspect.has(index)) return;
    }
    await this.#readVerified(index, begin, target);
  }

  /** Writes from `offset` on; the look that the files have from that is not taken for a change. */
  write(offset: number, data: Uint8Array): Promise<void> {
    return this.#files.write(offset, data, {
      began: (fileIndex, handle) => {
        const others = this.#writing.get(fileIndex) ?? 0;
        if (others === 0) this.#see(fileIndex, handle.stat());
        this.#writing.set(fileIndex, others + 1);
      },
      ended: (fileIndex, handle) => this.#written(fileIndex, handle),
    });
  }

  /**
   * Looks at every file where it lies, gives it its size again, and hashes the pieces of those that
   * look different. Gives the ones that were held and are bad. Nothing may be written meanwhile.
   *
   * @throws {StorageChangedError} if a file that is not ours stands in the place of one
   */
  async recheck(): Promise<PieceIndex[]> {
    const changesBefore = this.#changes;
    for (const [fileIndex, file] of this.#files.placed()) {
      const stat = await this.#files.stat(fileIndex);
      const isOther = stat?.id !== this.#looks.get(fileIndex)?.id;
      if (isOther) this.#files.forget(fileIndex);
      if (isOther && stat !== undefined && stat.size !== file.length) {
        const path = this.#files.pathOf(fileIndex);
        throw new StorageChangedError(
          `Cannot use ${path}: another file was put in its place; move it away and start again`,
          path,
        );
      }
      if (stat === undefined) this.#changed(fileIndex);
      else this.#see(fileIndex, stat);
    }
    if (this.#changes === changesBefore && this.#suspect.isEmpty) return [];
    if (await this.#files.prepare() === "changed") await this.lookAtAll();
    const suspects = this.#indices((index) => this.#suspect.has(index));
    const right = await verifyPieces(this.#info, this.#files, suspects);
    return suspects.filter((index) => {
      this.#suspect.clear(index);
      if (right.has(index) || !this.#held.bits.has(index)) return false;
      this.#held.lose(index);
      return true;
    });
  }

  /** Loses all held pieces that have a byte in the file at `path`, and gives them. */
  loseFile(path: string): PieceIndex[] {
    const touched = new Bitfield(this.#suspect.length);
    for (const [fileIndex] of this.#files.placed()) {
      if (this.#files.pathOf(fileIndex) === path) this.#mark(touched, fileIndex);
    }
    const lost = this.#indices((index) => touched.has(index) && this.#held.bits.has(index));
    for (const index of lost) this.#held.lose(index);
    return lost;
  }

  #indices(isWanted: (index: PieceIndex) => boolean): PieceIndex[] {
    return [...this.#info.layout.pieceIndices()].filter(isWanted);
  }

  /** What kept the bytes from being read, if it is a fault of the data. */
  async #tryRead(offset: number, target: Uint8Array): Promise<unknown> {
    try {
      await this.#files.read(offset, target, (fileIndex, stat) => this.#see(fileIndex, stat));
      return undefined;
    } catch (error) {
      if (isDataError(error)) return error;
      throw error;
    }
  }

  async #readVerified(index: PieceIndex, begin: number, target: Uint8Array): Promise<void> {
    const piece = new Uint8Array(this.#info.layout.pieceSize(index));
    const changesBefore = this.#changes;
    const offset = this.#info.layout.pieceOffset(index);
    const fault = await this.#tryRead(offset, piece);
    if (fault !== undefined || !equalBytes(await sha1(piece), pieceHash(this.#info, index))) {
      this.#held.lose(index);
      const path = this.#files.pathAt(offset);
      // What a disk does not give has not changed, as far as anybody can tell.
      const isUnreadable = fault instanceof StorageError && fault.code === "EIO";
      const reason = isUnreadable ? fault.message : `${path} has changed; share it anew`;
      throw new StorageChangedError(
        `Cannot read piece ${index} of ${this.#info.name}: ${reason}`,
        path,
        { cause: fault, code: fault instanceof StorageError ? fault.code : undefined },
      );
    }
    if (this.#changes === changesBefore) this.#suspect.clear(index);
    target.set(piece.subarray(begin, begin + target.length));
  }

  #written(fileIndex: number, handle: FileHandle): void {
    const others = (this.#writing.get(fileIndex) ?? 1) - 1;
    if (others > 0) {
      this.#writing.set(fileIndex, others);
      return;
    }
    this.#writing.delete(fileIndex);
    this.#looks.set(fileIndex, handle.stat());
  }

  /** Takes note of how a file looks now. */
  #see(fileIndex: number, stat: FileStat): void {
    const look = this.#looks.get(fileIndex);
    if (this.#writing.has(fileIndex) || look !== undefined && isSameLook(look, stat)) return;
    this.#looks.set(fileIndex, stat);
    this.#changed(fileIndex);
  }

  #changed(fileIndex: number): void {
    this.#changes++;
    this.#mark(this.#suspect, fileIndex);
  }

  /** Sets the bits of the pieces that have a byte in a file. */
  #mark(bits: Bitfield, fileIndex: number): void {
    const file = this.#files.files[fileIndex];
    if (file === undefined) return;
    const { pieceLength } = this.#info.layout;
    const end = file.offset + file.length;
    for (let at = Math.floor(file.offset / pieceLength); at * pieceLength < end; at++) bits.set(at);
  }
}

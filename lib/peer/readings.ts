import { PieceNotHeldError, type PieceStore, StorageChangedError } from "../storage/mod.ts";
import { type PieceRange, ReadAhead } from "./policy/mod.ts";

/** Bytes behind a reader's position that are fetched before all else; two pieces at least. */
const AHEAD_LENGTH = 4 * 1024 * 1024;

/** Pieces behind a reader's position that are fetched before all else, at most. */
const AHEAD_PIECES = 128;

/** Bytes that are read from the store at once, at most. */
const READ_LENGTH = 128 * 1024;

/** A file cannot be read, or not further. */
export class FileUnreadableError extends Error {
  /** The name of the class, for messages. */
  override name = "FileUnreadableError";
}

/** Which bytes of a file are read. */
export interface ReadRange {
  /** The first one, from the start of the file; 0 by default. */
  readonly offset?: number;
  /** How many; by default all to the end. */
  readonly length?: number;
}

/** What {@linkcode Readings} need. */
export interface ReadingsOptions {
  /** Where the pieces are. */
  readonly store: PieceStore;
  /** Whether pieces that are missing are fetched, now or later. */
  readonly isComing: () => boolean;
  /** Is told which pieces are wanted first, the most urgent first, whenever that changes. */
  readonly onAhead: (pieces: readonly number[]) => void;
}

interface Reader {
  readonly key: number;
  state: "open" | "gone";
  wake: () => void;
}

/**
 * Reads files of a torrent while it is fetched: what is at the readers' positions is fetched first.
 *
 * Invariant: nothing is given that the store does not hold, which it does after its hash was right.
 */
export class Readings {
  readonly #options: ReadingsOptions;
  readonly #ahead = new ReadAhead();
  readonly #readers = new Set<Reader>();
  #opened = 0;
  #state: "open" | "closed" = "open";

  /** Makes one that nobody reads by. */
  constructor(options: ReadingsOptions) {
    this.#options = options;
  }

  /** How many streams are open. */
  get count(): number {
    return this.#readers.size;
  }

  /**
   * The bytes of a range of a file, in order, each as soon as its piece is held. Nothing is read from
   * the disk, nor fetched first, beyond what its reader takes and a few MiB; cancel it to have no more
   * fetched for it. It fails with {@linkcode FileUnreadableError} when nothing is fetched any more that
   * is missing, and when the torrent is closed.
   *
   * @throws {FileUnreadableError} if there is no such file or range, or some of it neither is there nor
   * comes
   */
  open(fileIndex: number, { offset = 0, length }: ReadRange = {}): ReadableStream<Uint8Array> {
    const { store: { info, wanted, held }, isComing } = this.#options;
    const file = info.files[fileIndex];
    if (file === undefined) throw this.#fault(`it has no file ${fileIndex}`);
    const end = length === undefined ? file.length : offset + length;
    if (!(Number.isInteger(offset) && Number.isInteger(end) && offset >= 0 && offset <= end)) {
      throw this.#fault(`${length} bytes from ${offset} are no range`);
    }
    if (end > file.length) throw this.#fault(`the file ends after ${file.length} bytes`);
    if (this.#state === "closed") throw this.#fault("it is closed");
    const { layout } = info;
    const [from, to] = [file.offset + offset, file.offset + end];
    const first = Math.floor(from / layout.pieceLength);
    for (let index = first; index * layout.pieceLength < to; index++) {
      if (!wanted.has(index)) throw this.#fault("the file is not among those that are fetched");
      if (!held.has(index) && !isComing()) throw this.#missing(index);
    }
    return this.#stream(from, to);
  }

  /** Has all readers look again: a piece has come, or nothing comes any more. */
  wake(): void {
    for (const reader of this.#readers) reader.wake();
  }

  /** Ends all readers with an error. */
  close(): void {
    this.#state = "closed";
    this.wake();
  }

  #stream(from: number, to: number): ReadableStream<Uint8Array> {
    const reader: Reader = { key: ++this.#opened, state: "open", wake: () => {} };
    let at = from;
    this.#readers.add(reader);
    if (at < to) this.#place(reader, at, to);
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const bytes = at < to ? await this.#next(reader, at, to) : undefined;
          if (reader.state === "gone") return;
          if (bytes !== undefined) controller.enqueue(bytes);
          at += bytes?.length ?? 0;
          if (at < to) return;
          controller.close();
          this.#drop(reader);
        } catch (error) {
          this.#drop(reader);
          throw error;
        }
      },
      cancel: () => this.#drop(reader),
    }, { highWaterMark: 0 });
  }

  /** The next bytes at a position, when they are there; nothing if the reader goes meanwhile. */
  async #next(reader: Reader, at: number, to: number): Promise<Uint8Array | undefined> {
    const { store, isComing } = this.#options;
    const { layout } = store.info;
    const index = layout.pieceIndex(Math.floor(at / layout.pieceLength));
    const begin = at - layout.pieceOffset(index);
    this.#place(reader, at, to);
    while (reader.state === "open") {
      if (this.#state === "closed") throw this.#fault("it was closed");
      if (store.held.has(index)) {
        const length = Math.min(READ_LENGTH, layout.pieceSize(index) - begin, to - at);
        const bytes = new Uint8Array(length);
        try {
          await store.read(index, begin, bytes);
          return bytes;
        } catch (error) {
          const isLost = error instanceof PieceNotHeldError || error instanceof StorageChangedError;
          if (!isLost || store.held.has(index)) throw error;
        }
        continue;
      }
      if (!isComing()) throw this.#missing(index);
      await new Promise<void>((resolve) => reader.wake = resolve);
    }
    return undefined;
  }

  #place(reader: Reader, at: number, to: number): void {
    const { pieceLength } = this.#options.store.info.layout;
    const first = Math.floor(at / pieceLength);
    const count = Math.min(AHEAD_PIECES, Math.max(2, Math.ceil(AHEAD_LENGTH / pieceLength)));
    const range: PieceRange = { first, end: Math.min(first + count, Math.ceil(to / pieceLength)) };
    if (this.#ahead.place(reader.key, range)) this.#options.onAhead(this.#ahead.pieces);
  }

  #drop(reader: Reader): void {
    reader.state = "gone";
    this.#readers.delete(reader);
    if (this.#ahead.drop(reader.key)) this.#options.onAhead(this.#ahead.pieces);
    reader.wake();
  }

  #missing(index: number): FileUnreadableError {
    return this.#fault(`piece ${index} is missing, and nothing is fetched`);
  }

  #fault(reason: string): FileUnreadableError {
    return new FileUnreadableError(
      `Cannot read a file of ${this.#options.store.info.name}: ${reason}`,
    );
  }
}

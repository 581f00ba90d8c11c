import { type Bitfield, concatBytes, type InfoHash, type PieceIndex } from "../bytes/mod.ts";
import type { FileHandle, FileLayer } from "./file_layer.ts";
import {
  encodeJournalHeader,
  type JournalRecord,
  type JournalState,
  RecordEncoder,
} from "./journal_format.ts";
import { writeFileAtomic } from "./small_file.ts";

/** What {@linkcode Journal} goes on from. */
interface JournalEnd {
  readonly recordCount: number;
  readonly length: number;
}

/**
 * The growing end of a journal file.
 *
 * Invariant: `#recordCount` whole records end at `#length`. A write that fails changes neither, so
 * that the next one takes its place.
 */
export class Journal {
  readonly #handle: FileHandle;
  readonly #encoder: RecordEncoder;
  #recordCount: number;
  #length: number;
  /** Records that wait for the write that runs. */
  #batch: JournalRecord[] = [];
  /** Settles when the batch that gathers now is written. */
  #nextWrite: Promise<void> | undefined;
  /** Settles when the write that runs is over, well or not. */
  #lastWrite: Promise<unknown> = Promise.resolve();

  private constructor(handle: FileHandle, encoder: RecordEncoder, end: JournalEnd) {
    this.#handle = handle;
    this.#encoder = encoder;
    this.#recordCount = end.recordCount;
    this.#length = end.length;
  }

  /**
   * Puts a new journal in the place of any other, in one step. The `trusted` pieces are on the disk,
   * the `written` ones are to be so after the next checkpoint.
   */
  static async create(
    layer: FileLayer,
    path: string,
    infoHash: InfoHash,
    pieces: { readonly trusted: Bitfield; readonly written: Bitfield },
  ): Promise<Journal> {
    const encoder = new RecordEncoder(infoHash);
    const records = [...pieces.written.ones()].map((index) => ({ kind: "piece", index }) as const);
    const header = encodeJournalHeader(infoHash, pieces.trusted);
    const content = concatBytes([header, encoder.encode(records)]);
    await writeFileAtomic(layer, path, content);
    const end = { recordCount: records.length, length: content.length };
    return new Journal(await layer.open(path, "update"), encoder, end);
  }

  /** Goes on with the journal whose state was read. */
  static async resume(
    layer: FileLayer,
    path: string,
    infoHash: InfoHash,
    state: JournalState,
  ): Promise<Journal> {
    return new Journal(await layer.open(path, "update"), new RecordEncoder(infoHash), state);
  }

  /** Records in the file. */
  get recordCount(): number {
    return this.#recordCount;
  }

  /** Tells that a piece was written. */
  pieceWritten(index: PieceIndex): Promise<void> {
    return this.#append({ kind: "piece", index });
  }

  /** Tells that a piece that was held is bad. */
  pieceLost(index: PieceIndex): Promise<void> {
    return this.#append({ kind: "lost", index });
  }

  /** Tells that what the first `records` records tell of is on the disk; returns once this is, too. */
  async checkpoint(records: number): Promise<void> {
    await this.#append({ kind: "checkpoint", records });
    await this.#serially(() => this.#handle.sync());
  }

  /** Closes the file, when nothing is being written any more. */
  close(): void {
    this.#handle.close();
  }

  /** Records that come while a write runs go out together in the next one. */
  #append(record: JournalRecord): Promise<void> {
    this.#batch.push(record);
    this.#nextWrite ??= this.#serially(async () => {
      const records = this.#batch;
      this.#batch = [];
      this.#nextWrite = undefined;
      const bytes = this.#encoder.encode(records);
      await this.#handle.writeAt(bytes, this.#length);
      this.#recordCount += records.length;
      this.#length += bytes.length;
    });
    return this.#nextWrite;
  }

  #serially<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastWrite.then(work);
    this.#lastWrite = result.catch(() => undefined);
    return result;
  }
}

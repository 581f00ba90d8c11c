import type { Clock } from "../net/mod.ts";
import type { DataFiles } from "./data_files.ts";
import { NoSpaceError, StorageError } from "./errors.ts";
import type { Journal } from "./journal.ts";

/** Most time between two checkpoints while pieces are being written. */
const INTERVAL_MS = 5_000;

/** Most bytes that are written between two checkpoints. */
const INTERVAL_BYTES = 256 * 1024 * 1024;

/**
 * Decides when what was written is forced to the disk and the journal told so. This bounds what must
 * be hashed again after a crash.
 *
 * Once a sync has failed no checkpoint is made any more: the system may have dropped the bytes that
 * it could not write, and the next sync would not tell. All since the last checkpoint stays doubtful.
 */
export class Checkpoints {
  readonly #files: DataFiles;
  readonly #journal: Journal;
  readonly #clock: Clock;
  #lastMs: number;
  /** Bytes written that no checkpoint covers. */
  #uncovered = 0;
  #running: Promise<void> | undefined;
  #syncFailure: { readonly error: unknown } | undefined;

  /** Begins to watch over a store. */
  constructor(files: DataFiles, journal: Journal, clock: Clock) {
    this.#files = files;
    this.#journal = journal;
    this.#clock = clock;
    this.#lastMs = clock.now();
  }

  /** Why no checkpoint is made any more; `undefined` as long as they are. */
  get failure(): unknown {
    return this.#syncFailure?.error;
  }

  /** Must be called when a piece was written and the journal has it; makes a checkpoint in the background when one is due. */
  written(bytes: number): void {
    this.#uncovered += bytes;
    const isDue = this.#uncovered >= INTERVAL_BYTES ||
      this.#clock.now() - this.#lastMs >= INTERVAL_MS;
    if (!isDue || this.#running !== undefined || this.#syncFailure !== undefined) return;
    this.make().catch(() => undefined); // whoever needs a checkpoint to succeed makes one and hears
  }

  /** Makes a checkpoint of all that was written before the call, unless there is nothing new. */
  async make(): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
    if (this.#syncFailure !== undefined) throw this.#syncFailure.error;
    if (this.#uncovered === 0) return;
    try {
      await (this.#running = this.#make());
    } finally {
      this.#running = undefined;
    }
  }

  async #make(): Promise<void> {
    const records = this.#journal.recordCount;
    const bytes = this.#uncovered;
    this.#lastMs = this.#clock.now();
    try {
      await this.#files.sync();
    } catch (error) {
      const failure = error instanceof NoSpaceError ? lateNoSpace(error) : error;
      this.#syncFailure = { error: failure };
      throw failure;
    }
    await this.#journal.checkpoint(records);
    this.#uncovered -= bytes;
  }
}

/** The error of room that was promised and is not there: waiting for it does not bring the data back. */
function lateNoSpace(cause: NoSpaceError): StorageError {
  return new StorageError(
    `Cannot write ${cause.path}: the disk is full and may have lost what was written last; ` +
      "free some space and start again",
    cause.path,
    { cause, code: cause.code },
  );
}

import { StorageError } from "./errors.ts";
import type { FileHandle } from "./file_layer.ts";

/** Handles that are in use at one time; more would only queue in the disk. */
const MAX_BUSY = 8;

/** Handles that are kept open for the next use. */
const MAX_IDLE = 32;

/** Files that are opened in a row, without one too many, after which one more handle is kept. */
const OPENED_A_HANDLE = 64;

/** A handle that nobody uses. */
interface IdleHandle {
  readonly path: string;
  readonly handle: FileHandle;
}

/**
 * Open files, lent to one user at a time.
 *
 * Invariant: a handle is lent to one user or idle; at most 8 are lent and at most 32 idle, or fewer for
 * some time after the process was found to have too many files open. The idle handle that was used
 * longest ago is closed first.
 */
export class FilePool {
  readonly #open: (path: string) => Promise<FileHandle>;
  /** Last used last. */
  #idle: IdleHandle[] = [];
  #busy = 0;
  /** Handles that are kept open for the next use. */
  #maxIdle = MAX_IDLE;
  /** Files that were opened since the number of those that are kept has changed. */
  #opened = 0;
  readonly #waiting: (() => void)[] = [];
  /** How many handles were closed so far. */
  #closed = 0;

  /** Makes an empty pool that opens files by `open`. */
  constructor(open: (path: string) => Promise<FileHandle>) {
    this.#open = open;
  }

  /** Lends a handle of the file at `path` while `work` runs. */
  async use<T>(path: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
    if (this.#busy < MAX_BUSY) this.#busy++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const handle = this.#takeIdle(path) ?? await this.#openOne(path);
      try {
        return await work(handle);
      } finally {
        this.#idle.push({ path, handle });
        if (this.#idle.length > this.#maxIdle) this.#close(this.#idle.shift());
      }
    } finally {
      const next = this.#waiting.shift(); // the place passes to the one that waits longest
      if (next === undefined) this.#busy--;
      else next();
    }
  }

  /** Closes the idle handles of one file, or of all; lent ones come back later. */
  forget(path?: string): void {
    const kept = [];
    for (const entry of this.#idle) {
      if (path === undefined || entry.path === path) this.#close(entry);
      else kept.push(entry);
    }
    this.#idle = kept;
  }

  #close(entry: IdleHandle | undefined): void {
    entry?.handle.close();
    this.#closed++;
  }

  #takeIdle(path: string): FileHandle | undefined {
    const at = this.#idle.findLastIndex((entry) => entry.path === path);
    return at < 0 ? undefined : this.#idle.splice(at, 1)[0]?.handle;
  }

  /**
   * When the process may open no more files, the idle ones make room, and half as many are kept from
   * then on; that many fail at once counts once, and it passes.
   */
  async #openOne(path: string): Promise<FileHandle> {
    for (;;) {
      const closed = this.#closed;
      try {
        const handle = await this.#open(path);
        this.#noteOpened();
        return handle;
      } catch (error) {
        const isTooMany = error instanceof StorageError && error.code === "EMFILE";
        if (!isTooMany) throw error;
        if (this.#closed > closed) continue; // another one has made room meanwhile
        if (this.#idle.length === 0) throw error;
        this.#maxIdle >>= 1;
        this.#opened = 0;
        this.forget();
      }
    }
  }

  #noteOpened(): void {
    if (this.#maxIdle === MAX_IDLE || ++this.#opened < OPENED_A_HANDLE) return;
    this.#opened = 0;
    this.#maxIdle++;
  }
}

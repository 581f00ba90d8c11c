import { StorageError } from "./errors.ts";
import type { FileHandle } from "./file_layer.ts";

/** Handles that are in use at one time; more would only queue in the disk. */
const MAX_BUSY = 8;

/** Handles that are kept open for the next use. */
const MAX_IDLE = 32;

/** A handle that nobody uses. */
interface IdleHandle {
  readonly path: string;
  readonly handle: FileHandle;
}

/**
 * Open files, lent to one user at a time.
 *
 * Invariant: a handle is lent to one user or idle; at most 8 are lent and at most 32 idle, or fewer once
 * the process was found to have too many files open. The idle handle that was used longest ago is
 * closed first.
 */
export class FilePool {
  readonly #open: (path: string) => Promise<FileHandle>;
  /** Last used last. */
  #idle: IdleHandle[] = [];
  #busy = 0;
  /** Handles that are kept open for the next use. */
  #maxIdle = MAX_IDLE;
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

  /** When the process may open no more files, the idle ones make room, and fewer are kept from then on. */
  async #openOne(path: string): Promise<FileHandle> {
    for (;;) {
      const closed = this.#closed;
      try {
        return await this.#open(path);
      } catch (error) {
        const isTooMany = error instanceof StorageError && error.code === "EMFILE";
        // Another one may have made room meanwhile.
        const hasRoom = this.#idle.length > 0 || this.#closed > closed;
        if (!isTooMany || !hasRoom) throw error;
        this.#maxIdle = this.#maxIdle >> 1;
        this.forget();
      }
    }
  }
}

import { StorageError } from "./errors.ts";
import type { FileHandle } from "./file_layer.ts";

/** Handles that are in use at one time; more would only queue in the disk. */
const MAX_BUSY = 8;

/** Handles that are kept open for the next use. */
const MAX_IDLE = 32;

/**
 * Open files, lent to one user at a time.
 *
 * Invariant: a handle is lent to one user or idle; at most 8 are lent and at most 32 idle.
 * The idle handle that was used longest ago is closed first.
 */
export class FilePool {
  readonly #open: (path: string) => Promise<FileHandle>;
  /** Last used last. */
  #idle: { readonly path: string; readonly handle: FileHandle }[] = [];
  #busy = 0;
  readonly #waiting: (() => void)[] = [];

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
        if (this.#idle.length > MAX_IDLE) this.#idle.shift()?.handle.close();
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
      if (path === undefined || entry.path === path) entry.handle.close();
      else kept.push(entry);
    }
    this.#idle = kept;
  }

  #takeIdle(path: string): FileHandle | undefined {
    const at = this.#idle.findLastIndex((entry) => entry.path === path);
    return at < 0 ? undefined : this.#idle.splice(at, 1)[0]?.handle;
  }

  /** When the process may open no more files, the idle ones make room. */
  async #openOne(path: string): Promise<FileHandle> {
    try {
      return await this.#open(path);
    } catch (error) {
      const isTooMany = error instanceof StorageError && error.code === "EMFILE";
      if (!isTooMany || this.#idle.length === 0) throw error;
      this.forget();
      return await this.#open(path);
    }
  }
}

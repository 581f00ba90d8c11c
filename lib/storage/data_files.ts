import { dirname, join, SEPARATOR } from "../paths/mod.ts";
import { type FileSpan, fileSpans } from "../metainfo/mod.ts";
import { denoFileLayer } from "./deno_file_layer.ts";
import type { DataFile } from "./data_layout.ts";
import { StorageChangedError, StorageError } from "./errors.ts";
import type { FileHandle, FileLayer, FileStat } from "./file_layer.ts";
import { FilePool } from "./file_pool.ts";
import { requirePlainPath } from "./plain_path.ts";

/** What {@linkcode DataFiles} is made of. */
export interface DataFilesOptions {
  /** The file calls. */
  readonly layer: FileLayer;
  /** The file itself, or the folder that the paths of the files begin in. */
  readonly root: string;
  /** The folder of the files that lie aside; needed if there are any. */
  readonly aside?: string | undefined;
  /** The files, in the order of their concatenation. */
  readonly files: readonly DataFile[];
  /** Whether the files are only read, or written too. */
  readonly mode: "read" | "update";
}

/** Is told of each write to a file; `ended` comes after one that failed, too. */
export interface WriteWatcher {
  /** The write is about to be made. */
  began(fileIndex: number, handle: FileHandle): void;
  /** The write is over. */
  ended(fileIndex: number, handle: FileHandle): void;
}

/**
 * The files of a torrent as the one run of bytes that its pieces cut up. A link at or below the root
 * is never followed. Padding files (BEP 47) are zeros and have no place on the disk; what is left out
 * has none either, it cannot be read and a write passes over it.
 */
export class DataFiles {
  /** The files, in the order of their concatenation. */
  readonly files: readonly DataFile[];
  readonly #layer: FileLayer;
  readonly #root: string;
  readonly #aside: string;
  readonly #mode: "read" | "update";
  readonly #pool: FilePool = new FilePool((path) => this.#open(path));
  /** Where the file lies that was asked for last, which most of the time is asked for again. */
  #last = { fileIndex: -1, path: "" };
  /** Paths written to since they were last synced. */
  readonly #dirty = new Set<string>();

  /** Names the files; opens none. */
  constructor(options: DataFilesOptions) {
    this.files = options.files;
    this.#layer = options.layer;
    this.#root = options.root;
    this.#aside = options.aside ?? options.root;
    this.#mode = options.mode;
  }

  /** Where a file lies. */
  pathOf(fileIndex: number): string {
    if (this.#last.fileIndex !== fileIndex) {
      const file = this.files[fileIndex];
      const folder = file?.role === "aside" ? this.#aside : this.#root;
      this.#last = { fileIndex, path: join(folder, ...(file?.path ?? [])) };
    }
    return this.#last.path;
  }

  /** Whether the files are this machine's, which others can open by their paths, too. */
  get isOnMachine(): boolean {
    return this.#layer === denoFileLayer;
  }

  /** The folder of a path above which links are followed: the root, or that of what lies aside. */
  folderOf(path: string): string {
    return path.startsWith(this.#aside + SEPARATOR) ? this.#aside : this.#root;
  }

  /** The files that have a place on the disk, by their numbers. */
  *placed(): Generator<[fileIndex: number, file: DataFile]> {
    for (const entry of this.files.entries()) if (hasPlace(entry[1])) yield entry;
  }

  /** Where the file lies that holds the byte at `offset`. */
  pathAt(offset: number): string {
    const [span] = fileSpans(this.files, offset, 1);
    return span === undefined ? this.#root : this.pathOf(span.fileIndex);
  }

  /** What is known of a file, `undefined` if it is missing. */
  stat(fileIndex: number): Promise<FileStat | undefined> {
    return this.#layer.stat(this.pathOf(fileIndex));
  }

  /** Makes missing files and folders and gives each file its size; tells if any had another. */
  async prepare(): Promise<"as expected" | "changed"> {
    let outcome: "as expected" | "changed" = "as expected";
    for (const [fileIndex, file] of this.placed()) {
      const path = this.pathOf(fileIndex);
      const stat = await this.#layer.stat(path);
      if (stat?.kind === "file" && stat.size === file.length) continue;
      outcome = "changed";
      await this.#requirePlainPath(path);
      if (stat === undefined) await this.#layer.makeFolder(dirname(path));
      const handle = await this.#layer.open(path, "create");
      try {
        await handle.truncate(file.length);
      } finally {
        handle.close();
      }
    }
    return outcome;
  }

  /**
   * Fills `target` from `offset` on. `onFile` is called for each file after it was read and may throw.
   *
   * @throws {StorageChangedError} if a file is shorter than it should be
   */
  async read(
    offset: number,
    target: Uint8Array,
    onFile?: (fileIndex: number, stat: FileStat) => void,
  ): Promise<void> {
    for (const span of fileSpans(this.files, offset, target.length)) {
      const path = this.pathOf(span.fileIndex);
      const part = target.subarray(span.dataOffset, span.dataOffset + span.length);
      const role = this.#roleOf(span);
      if (role === "left out") {
        throw new StorageChangedError(`Cannot read ${path}: a part of it is left out`, path);
      }
      if (role === "padding") {
        part.fill(0);
        continue;
      }
      await this.#pool.use(path, async (handle) => {
        const count = await handle.readAt(part, span.fileOffset);
        onFile?.(span.fileIndex, handle.stat());
        if (count < part.length) {
          throw new StorageChangedError(`Cannot read ${path}: it is shorter than it was`, path);
        }
      });
    }
  }

  /**
   * Writes `data` from `offset` on.
   *
   * @throws {StorageError} if padding is anything but zeros, as it is not written but implied
   */
  async write(offset: number, data: Uint8Array, watcher?: WriteWatcher): Promise<void> {
    for (const span of fileSpans(this.files, offset, data.length)) {
      const path = this.pathOf(span.fileIndex);
      const part = data.subarray(span.dataOffset, span.dataOffset + span.length);
      const role = this.#roleOf(span);
      if (role === "left out") continue;
      if (role === "padding") {
        if (part.some((byte) => byte !== 0)) {
          throw new StorageError(`Cannot write ${path}: padding must be zeros`, path);
        }
        continue;
      }
      await this.#pool.use(path, async (handle) => {
        watcher?.began(span.fileIndex, handle);
        try {
          await handle.writeAt(part, span.fileOffset);
        } finally {
          watcher?.ended(span.fileIndex, handle);
        }
      });
      this.#dirty.add(path);
    }
  }

  /** Counts a range as written: after a crash nothing tells whether it is on the disk. */
  markDirty(offset: number, length: number): void {
    for (const span of fileSpans(this.files, offset, length)) {
      const file = this.files[span.fileIndex];
      if (file !== undefined && hasPlace(file)) this.#dirty.add(this.pathOf(span.fileIndex));
    }
  }

  /**
   * Returns once everything that was written before the call is on the disk.
   *
   * @throws {StorageChangedError} if a file that was written to is not at its path any more
   */
  async sync(): Promise<void> {
    const paths = [...this.#dirty];
    this.#dirty.clear();
    try {
      for (const path of paths) {
        await this.#pool.use(path, async (handle) => {
          await this.#refuseGone(path, handle);
          await handle.sync();
        });
      }
    } catch (error) {
      for (const path of paths) this.#dirty.add(path);
      throw error;
    }
  }

  /** Closes what is open of one file, which is opened anew when it is needed. */
  forget(fileIndex: number): void {
    this.#pool.forget(this.pathOf(fileIndex));
  }

  /** Closes everything that is open. */
  close(): void {
    this.#pool.forget();
  }

  #roleOf(span: FileSpan): DataFile["role"] {
    return this.files[span.fileIndex]?.role;
  }

  async #open(path: string): Promise<FileHandle> {
    await this.#requirePlainPath(path);
    return await this.#layer.open(path, this.#mode);
  }

  async #requirePlainPath(path: string): Promise<void> {
    await requirePlainPath(this.#layer, this.folderOf(path), path);
  }

  /** An open file that was removed takes writes for ever, and nobody will ever read them. */
  async #refuseGone(path: string, handle: FileHandle): Promise<void> {
    if ((await this.#layer.stat(path))?.id === handle.stat().id) return;
    throw new StorageChangedError(
      `Cannot write ${path}: it was removed or replaced meanwhile; start again to fetch it anew`,
      path,
    );
  }
}

function hasPlace({ role }: DataFile): boolean {
  return role === undefined || role === "aside";
}

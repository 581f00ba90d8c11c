/** What is known of a file, a folder or a link without opening it. */
export interface FileStat {
  /** What it is; links are not followed. */
  readonly kind: "file" | "folder" | "link" | "other";
  /** Bytes. */
  readonly size: number;
  /** Last change of the content, milliseconds of the wall clock. */
  readonly mtimeMs: number;
  /** The same for two names of one file; empty where the system tells nothing. */
  readonly id: string;
}

/** Whether a file is the same and, as far as its time of change tells, has the same content. */
export function isSameLook(a: FileStat, b: FileStat): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.id === b.id;
}

/**
 * How a file is opened: `read` an existing one, `update` an existing one (read and write), `create`
 * it where it is missing and update it, or make a `new` one where there must be nothing, not even a
 * link.
 */
export type OpenMode = "read" | "update" | "create" | "new";

/** An open file. One call at a time: a call must have settled before the next is made. */
export interface FileHandle {
  /** Fills `target` from `offset` on; gives the number of bytes, fewer only at the end of the file. */
  readAt(target: Uint8Array, offset: number): Promise<number>;
  /** Writes all of `data` from `offset` on. */
  writeAt(data: Uint8Array, offset: number): Promise<void>;
  /** Returns once what was written is on the disk. */
  sync(): Promise<void>;
  /** Cuts or extends the file; what is added reads as zeros and takes no room. */
  truncate(length: number): Promise<void>;
  /** What is known of the file now. */
  stat(): FileStat;
  /** Takes the file for this process until it is closed or the process ends, without waiting. */
  tryLock(): Promise<"locked" | "busy">;
  /** Closes the file and gives up its lock; harmless when closed. */
  close(): void;
}

/**
 * The file calls that the stores make, so that tests can make any of them fail.
 *
 * Every call rejects with a {@linkcode StorageError} that names the file.
 */
export interface FileLayer {
  /** Opens a file. */
  open(path: string, mode: OpenMode): Promise<FileHandle>;
  /** What stands at a path, `undefined` if nothing; a link is not followed. */
  stat(path: string): Promise<FileStat | undefined>;
  /** The absolute path with every link followed. */
  resolve(path: string): Promise<string>;
  /** What a folder holds, in no order. */
  list(path: string): Promise<{ readonly name: string; readonly kind: FileStat["kind"] }[]>;
  /** Makes a folder and its parents; harmless when it exists. */
  makeFolder(path: string): Promise<void>;
  /** Gives a file or folder another name, in one step; a file at the new name is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name, in one step; rejects with code `EEXIST` if that is taken. */
  link(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder and all that is in it; harmless when there is nothing. */
  remove(path: string): Promise<void>;
  /** Returns once the names in a folder are on the disk, where the system can tell. */
  syncFolder(path: string): Promise<void>;
  /** Bytes that may still be written where `path` lies; `undefined` where the system tells nothing. */
  freeSpace(path: string): Promise<number | undefined>;
}

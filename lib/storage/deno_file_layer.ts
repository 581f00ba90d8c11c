import { storageError } from "./errors.ts";
import type { FileHandle, FileLayer, FileStat, OpenMode } from "./file_layer.ts";
import { SyncIoPolicy } from "./sync_io_policy.ts";

/** How long a lock is waited for where the runtime cannot try one without waiting. */
const LOCK_WAIT_MS = 250;

/** Which reads and writes of all files are made at once. */
const syncReads = new SyncIoPolicy();
const syncWrites = new SyncIoPolicy();

/** Paths that this process has locked or waits to lock, where a lock cannot be tried. */
const lockedHere = new Set<string>();

const OPEN_OPTIONS: Readonly<Record<OpenMode, Deno.OpenOptions>> = {
  read: { read: true },
  update: { read: true, write: true },
  create: { read: true, write: true, create: true },
  new: { read: true, write: true, createNew: true },
};

/** The files of this machine. */
export const denoFileLayer: FileLayer = {
  open: (path, mode) =>
    attempt(
      "open",
      path,
      async () => new DenoFile(path, await Deno.open(path, OPEN_OPTIONS[mode])),
    ),
  stat: (path) =>
    attempt("read", path, async () => {
      try {
        return toStat(await Deno.lstat(path));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      }
    }),
  resolve: (path) => attempt("open", path, () => Deno.realPath(path)),
  list: (path) =>
    attempt("read", path, async () => {
      const entries = [];
      for await (const entry of Deno.readDir(path)) {
        entries.push({ name: entry.name, kind: kindOf(entry) });
      }
      return entries;
    }),
  makeFolder: (path) => attempt("create", path, () => Deno.mkdir(path, { recursive: true })),
  rename: (from, to) => attempt("create", to, () => Deno.rename(from, to)),
  link: (from, to) => attempt("create", to, () => Deno.link(from, to)),
  remove: (path) =>
    attempt("remove", path, async () => {
      try {
        await Deno.remove(path, { recursive: true });
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }),
  syncFolder: (path) =>
    attempt("write", path, async () => {
      if (Deno.build.os === "windows") return; // no folder can be opened there
      using folder = await Deno.open(path);
      await folder.sync();
    }),
  freeSpace: (path) => attempt("read", path, () => Promise.resolve(availableBytes(path))),
};

/**
 * One open file. `Deno.FsFile` has no positional calls: each read and write sets the position first,
 * which is right because a handle is given one call at a time.
 */
class DenoFile implements FileHandle {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  /** `"locking"` while its path is in `lockedHere`. */
  #state: "open" | "locking" | "closed" = "open";

  constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  async readAt(target: Uint8Array, offset: number): Promise<number> {
    try {
      this.#file.seekSync(offset, Deno.SeekMode.Start);
      let at = 0;
      while (at < target.length) {
        const rest = target.subarray(at);
        const count = syncReads.admits(rest.length)
          ? syncReads.make(() => this.#file.readSync(rest))
          : await this.#file.read(rest);
        if (count === null) break;
        at += count;
      }
      return at;
    } catch (error) {
      throw storageError("read", this.#path, error);
    }
  }

  async writeAt(data: Uint8Array, offset: number): Promise<void> {
    try {
      this.#file.seekSync(offset, Deno.SeekMode.Start);
      for (let at = 0; at < data.length;) {
        const rest = data.subarray(at);
        const count = syncWrites.admits(rest.length)
          ? syncWrites.make(() => this.#file.writeSync(rest))
          : await this.#file.write(rest);
        if (count === 0) throw new Error("the system takes nothing more");
        at += count;
      }
    } catch (error) {
      throw storageError("write", this.#path, error);
    }
  }

  sync(): Promise<void> {
    return attempt("write", this.#path, () => this.#file.syncData());
  }

  truncate(length: number): Promise<void> {
    return attempt("write", this.#path, () => this.#file.truncate(length));
  }

  stat(): FileStat {
    try {
      return toStat(this.#file.statSync());
    } catch (error) {
      throw storageError("read", this.#path, error);
    }
  }

  tryLock(): Promise<"locked" | "busy"> {
    return attempt("lock", this.#path, async () => {
      const file: Deno.FsFile & { tryLock?(exclusive: boolean): Promise<boolean> } = this.#file;
      if (file.tryLock === undefined) return await this.#lockWithinWait();
      return await file.tryLock(true) ? "locked" : "busy";
    });
  }

  close(): void {
    if (this.#state === "closed") return;
    if (this.#state === "locking") lockedHere.delete(this.#path);
    this.#state = "closed";
    this.#file.close();
  }

  /**
   * Older runtimes can only wait for a lock. One that comes too late belongs to a handle that its
   * owner has closed by then, which gives it up again; until then the process does not end by itself.
   */
  async #lockWithinWait(): Promise<"locked" | "busy"> {
    if (lockedHere.has(this.#path)) return "busy";
    lockedHere.add(this.#path);
    this.#state = "locking";
    const { promise, resolve } = Promise.withResolvers<"busy">();
    const timer = setTimeout(resolve, LOCK_WAIT_MS, "busy");
    try {
      return await Promise.race([this.#file.lock(true).then(() => "locked" as const), promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Runs a file call; what it throws becomes a storage error that names the action and the file. Reads and
 * writes, of which there are some for each piece, see to that by themselves.
 */
async function attempt<T>(action: string, path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw storageError(action, path, error);
  }
}

function kindOf(
  entry: Pick<Deno.FileInfo, "isFile" | "isDirectory" | "isSymlink">,
): FileStat["kind"] {
  if (entry.isSymlink) return "link";
  if (entry.isDirectory) return "folder";
  return entry.isFile ? "file" : "other";
}

function toStat(info: Deno.FileInfo): FileStat {
  return {
    kind: kindOf(info),
    size: info.size,
    mtimeMs: info.mtime?.getTime() ?? 0,
    id: info.ino === null ? "" : `${info.dev}:${info.ino}`,
  };
}

/** The part of Node's file calls that the runtime has no call of its own for. */
interface StatFs {
  statfsSync?(path: string): { readonly bavail: number; readonly bsize: number };
}

interface RuntimeWithNode {
  readonly process?: { getBuiltinModule?(name: "node:fs"): StatFs };
}

/** Runtimes without `statfs`, or without the permission for it, tell nothing. */
function availableBytes(path: string): number | undefined {
  const runtime = globalThis as RuntimeWithNode;
  try {
    const stat = runtime.process?.getBuiltinModule?.("node:fs")?.statfsSync?.(path);
    return stat === undefined ? undefined : stat.bavail * stat.bsize;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

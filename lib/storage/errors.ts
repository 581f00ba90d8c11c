/** What {@linkcode StorageError} is made of beside its message. */
export interface StorageErrorOptions extends ErrorOptions {
  /** The code of the operating system, such as `"ENOSPC"`, where there is one. */
  readonly code?: string | undefined;
}

/** A file could not be used; the base of every error of this folder but a missing permission. */
export class StorageError extends Error {
  /** The name of the class, for messages. */
  override name = "StorageError";
  /** The code of the operating system, such as `"EIO"`, where there is one. */
  readonly code: string | undefined;

  /** Makes the error of the file or folder at `path`. */
  constructor(message: string, readonly path: string, options: StorageErrorOptions = {}) {
    super(message, options);
    this.code = options.code;
  }
}

/** The disk, or the user's share of it, is full. */
export class NoSpaceError extends StorageError {
  /** The name of the class, for messages. */
  override name = "NoSpaceError";

  /** Makes the error of a write that found no room, or of one that would (sizes in bytes). */
  constructor(
    path: string,
    readonly space?: { readonly needed: number; readonly available: number },
    options: ErrorOptions = {},
  ) {
    const state = space === undefined
      ? "the disk is full"
      : `it needs ${space.needed} bytes and the disk has ${space.available} left`;
    super(`Cannot write ${path}: ${state}; free some space and try again`, path, {
      ...options,
      code: "ENOSPC",
    });
  }
}

/** Something else stands where a finished file belongs; it was left as it is. */
export class FileExistsError extends StorageError {
  /** The name of the class, for messages. */
  override name = "FileExistsError";

  /** Makes the error of the path that is taken, and by what, in a clause. */
  constructor(path: string, problem: string = "another file of that name exists") {
    super(
      `Cannot create ${path}: ${problem}; move it away or choose another folder`,
      path,
      { code: "EEXIST" },
    );
  }
}

/** Another process, or another store of this one, has the files open. */
export class StoreInUseError extends StorageError {
  /** The name of the class, for messages. */
  override name = "StoreInUseError";

  /** Makes the error of the lock file at `path`, with the process that holds it where known. */
  constructor(path: string, readonly pid?: number) {
    super(
      `Cannot open ${path}: store in use by ${
        pid === undefined ? "another process" : `pid ${pid}`
      }`,
      path,
    );
  }
}

/** A file is not what it was when it was verified: nothing of it was handed out. */
export class StorageChangedError extends StorageError {
  /** The name of the class, for messages. */
  override name = "StorageChangedError";
}

/** A piece was asked for that the store does not hold. */
export class PieceNotHeldError extends StorageError {
  /** The name of the class, for messages. */
  override name = "PieceNotHeldError";

  /** Makes the error of one piece of the torrent `path`. */
  constructor(path: string, readonly index: number) {
    super(`Cannot read piece ${index} of ${path}: it is not held`, path);
  }
}

/** How many chunk files or pieces a message names before it counts the rest. */
const NAMED = 5;

/** The first few names, and how many more there are. */
export function nameSome(names: readonly (string | number)[]): string {
  const rest = names.length - NAMED;
  const named = names.slice(0, NAMED).join(", ");
  return rest > 0 ? `${named} and ${rest} more` : named;
}

/** Which chunk files of a torrent cannot be used, by their names. */
export interface ChunkFaults {
  /** Files that are not there. */
  readonly missing: readonly string[];
  /** Files that are not what the torrent says. */
  readonly wrong: readonly string[];
}

/** Chunk files of a torrent cannot be used; nothing was merged. */
export class ChunkError extends StorageError {
  /** The name of the class, for messages. */
  override name = "ChunkError";

  /** Makes the error of the torrent `path`. */
  constructor(path: string, readonly faults: ChunkFaults) {
    const { missing, wrong } = faults;
    const clauses = [
      ...(wrong.length > 0 ? [`${nameSome(wrong)} not what the torrent says`] : []),
      ...(missing.length > 0 ? [`${nameSome(missing)} missing`] : []),
    ];
    super(`Cannot merge ${path}: ${clauses.join(", ")}; fetch or cut these chunks again`, path);
  }
}

/** Chunk files are missing, and no other fault was found. */
export class ChunkMissingError extends ChunkError {
  /** The name of the class, for messages. */
  override name = "ChunkMissingError";
}

/** The hash of a chunk file, or its length, is not that of the torrent. */
export class ChunkMismatchError extends ChunkError {
  /** The name of the class, for messages. */
  override name = "ChunkMismatchError";
}

/** What the codes of the operating system mean for a user, and the way out. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied; check who owns it",
  EBUSY: "another program uses it",
  EEXIST: "it exists already",
  EIO: "the disk reports an error; check the disk",
  EISDIR: "it is a folder",
  ELOOP: "it is a link to itself",
  EMFILE: "too many files are open; raise the limit (ulimit -n)",
  ENAMETOOLONG: "the name is too long for this file system",
  ENFILE: "too many files are open on this machine",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of its path is a file, must be a folder",
  ENOTEMPTY: "the folder is not empty",
  EPERM: "the operation is not permitted; check its owner and attributes",
  EROFS: "the file system is read-only; choose another folder",
  EXDEV: "it lies on another file system",
};

/** Codes that say that data is not there, rather than that it cannot be reached now. */
const DATA_CODES: ReadonlySet<string | undefined> = new Set([
  "EIO",
  "EISDIR",
  "ELOOP",
  "ENOENT",
  "ENOTDIR",
  "ENXIO",
]);

/** Whether a read failed because the data is gone or bad: a piece with such data is not held. */
export function isDataError(error: unknown): boolean {
  return error instanceof StorageChangedError ||
    error instanceof StorageError && DATA_CODES.has(error.code);
}

function codeOf(cause: unknown): string | undefined {
  const code = cause instanceof Error ? (cause as Error & { code?: unknown }).code : undefined;
  return typeof code === "string" ? code : undefined;
}

/**
 * The error to throw when `action` (a verb) failed on the file at `path`: the one place where the
 * errors of the runtime become our own. A permission that the runtime was not given
 * (`Deno.errors.NotCapable`) stays what it is, as its message names the flag.
 */
export function storageError(action: string, path: string, cause: unknown): unknown {
  if (cause instanceof StorageError || cause instanceof Deno.errors.NotCapable) return cause;
  const code = codeOf(cause);
  if (code === "ENOSPC" || code === "EDQUOT") return new NoSpaceError(path, undefined, { cause });
  const reason = REASONS[code ?? ""] ?? (cause instanceof Error ? cause.message : String(cause));
  return new StorageError(`Cannot ${action} ${path}: ${reason}`, path, { code, cause });
}

import { loadNodeSha1, type Sha1Digest } from "./node_sha1.ts";

/** Bytes of a hash of SHA-1; written here once more, for a thread loads nothing that it can do without. */
const HASH_LENGTH = 20;

/** Bytes that are read at a time: they stay in the processor's cache until they are hashed. */
const READ_LENGTH = 256 * 1024;

/** How often it is told what was done, in milliseconds. */
const TELL_MS = 50;

/** Numbers that say where a part of a piece lies. */
export const PART_FIELDS = 3;

/** Stands for a file that has no place and only zeros (BEP 47). */
export const ZEROS = -1;

/** A file that is read. */
export interface LaneFile {
  /** Where it lies; nowhere if it is left out. */
  readonly path: string;
  /** The length of the part of it above which links are followed; below it there may be none. */
  readonly rootLength: number;
}

/** What the lanes of one work share; every array lies in memory that all of them see. */
export interface LaneWork {
  /** The files that parts name. */
  readonly files: readonly LaneFile[];
  /** What stands between the parts of a path. */
  readonly separator: string;
  /** Of each part its file, or {@linkcode ZEROS}, where it begins in that, and its length in bytes. */
  readonly parts: Float64Array;
  /** Where the parts of each piece begin, and one number more, the end of the last. */
  readonly firstParts: Uint32Array;
  /** The place of the next piece that nobody has begun, alone. */
  readonly next: Int32Array;
  /** 1 when all lanes are to end, alone. */
  readonly stop: Int32Array;
  /** 1 for each piece that was hashed. */
  readonly done: Uint8Array;
  /** The hash of each piece that was hashed, one after the other. */
  readonly hashes: Uint8Array;
}

/** What a lane tells of its work. */
export type LaneReport =
  /** The thread has loaded; comes once, before all others. */
  | { readonly type: "loaded" }
  /** So many bytes were hashed since it told last. */
  | { readonly type: "hashed"; readonly bytes: number }
  /** The piece at this place cannot be read, and was left out. */
  | { readonly type: "unreadable"; readonly at: number }
  /** It works no more; comes once. */
  | { readonly type: "over" };

/**
 * Reads and hashes pieces, one after the other, until none is left that nobody has begun, or all lanes
 * are to end. When it is over no file is open any more.
 */
export function runLane(work: LaneWork, tell: (report: LaneReport) => void): void {
  hashAll(work, tell);
  tell({ type: "over" });
}

function hashAll(work: LaneWork, tell: (report: LaneReport) => void): void {
  const begin = loadNodeSha1();
  using files = new LaneFiles(work);
  let bytes = 0;
  let toldMs = performance.now();
  const tellBytes = (): void => {
    if (bytes > 0) tell({ type: "hashed", bytes });
    toldMs = performance.now();
    bytes = 0;
  };
  while (begin !== undefined) {
    const at = Atomics.add(work.next, 0, 1);
    if (at >= work.done.length) break;
    const digest = begin();
    const outcome = hashPiece(work, at, files, digest);
    if (outcome === "stopped") break;
    if (outcome === "unreadable") {
      tell({ type: "unreadable", at });
      continue;
    }
    work.hashes.set(digest.digest(), at * HASH_LENGTH);
    Atomics.store(work.done, at, 1);
    bytes += outcome;
    if (performance.now() - toldMs >= TELL_MS) tellBytes();
  }
  tellBytes();
}

/** Hashes the parts of a piece; gives its length, or why it was not hashed. */
function hashPiece(
  { parts, firstParts, stop }: LaneWork,
  at: number,
  files: LaneFiles,
  digest: Sha1Digest,
): number | "unreadable" | "stopped" {
  let total = 0;
  for (let part = firstParts[at]!; part < firstParts[at + 1]!; part++) {
    const [file = ZEROS, offset = 0, length = 0] = parts.subarray(part * PART_FIELDS);
    for (let done = 0; done < length;) {
      if (Atomics.load(stop, 0) === 1) return "stopped";
      const bytes = files.read(file, offset + done, Math.min(READ_LENGTH, length - done));
      if (typeof bytes === "string") return bytes;
      digest.update(bytes);
      done += bytes.length;
    }
    total += length;
  }
  return total;
}

/** The files as one lane reads them: it keeps the last one open. */
class LaneFiles implements Disposable {
  readonly #work: LaneWork;
  readonly #buffer = new Uint8Array(READ_LENGTH);
  readonly #zeros = new Uint8Array(READ_LENGTH);
  #index = -1;
  #file: Deno.FsFile | undefined;

  constructor(work: LaneWork) {
    this.#work = work;
  }

  /**
   * Some of these bytes, at least one, valid until the next call; or that they cannot be read, or that
   * nothing can, for want of descriptors.
   */
  read(index: number, offset: number, length: number): Uint8Array | "unreadable" | "stopped" {
    if (index === ZEROS) return this.#zeros.subarray(0, length);
    try {
      const file = this.#open(index);
      file.seekSync(offset, Deno.SeekMode.Start);
      const count = file.readSync(this.#buffer.subarray(0, length)) ?? 0;
      return count === 0 ? "unreadable" : this.#buffer.subarray(0, count);
    } catch (error) {
      // Whoever began the work reads it again, and finds out why; or later, when there are some again.
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      return code === "EMFILE" || code === "ENFILE" ? "stopped" : "unreadable";
    }
  }

  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #open(index: number): Deno.FsFile {
    if (this.#file !== undefined && this.#index === index) return this.#file;
    this[Symbol.dispose]();
    const { path = "", rootLength = 0 } = this.#work.files[index] ?? {};
    for (let end = path.length; end >= rootLength && end > 0;) {
      const at = path.slice(0, end);
      const { isSymlink, isFile, isDirectory } = Deno.lstatSync(at);
      if (isSymlink) throw new Deno.errors.FilesystemLoop(at);
      if (!isFile && !isDirectory) throw new Error(`Opening ${at} may wait for ever`);
      end = path.lastIndexOf(this.#work.separator, end - 1);
    }
    this.#index = index;
    return this.#file = Deno.openSync(path);
  }
}

import { loadNodeSha1, type Sha1Digest } from "./node_sha1.ts";

/** Bytes that are read at a time: they stay in the processor's cache until they are hashed. */
const READ_LENGTH = 256 * 1024;

/** How often it is told what was done, in milliseconds. */
const TELL_MS = 50;

/** Numbers that say where a part of a piece lies. */
export const NUMBERS_A_PART = 3;

/** Stands for a file that has no place and only zeros (BEP 47). */
export const ZEROS = -1;

/** What the lanes of one work share; every array lies in memory that all of them see. */
export interface LaneWork {
  /** Where each file lies, with all folders below the root that must not be links, the file first. */
  readonly paths: readonly (readonly string[])[];
  /** Of each part its file, or {@linkcode ZEROS}, where it begins in that, and its length in bytes. */
  readonly parts: Float64Array;
  /** Where the parts of each piece begin, and one number more, the end of the last. */
  readonly firstParts: Uint32Array;
  /** The place of the next piece that nobody has begun, alone. */
  readonly next: Int32Array;
  /** 1 for each piece that was hashed. */
  readonly done: Uint8Array;
  /** 20 bytes for each piece that was hashed. */
  readonly hashes: Uint8Array;
}

/** What a lane tells of its work. */
export interface LaneReport {
  /** Bytes that were hashed since it told last. */
  readonly bytes: number;
  /** `"over"` comes once, at the end. */
  readonly state: "working" | "over";
}

/**
 * Reads and hashes pieces, one after the other, until none is left that nobody has begun. One that
 * cannot be read is left out.
 */
export function runLane(work: LaneWork, tell: (report: LaneReport) => void): void {
  const begin = loadNodeSha1();
  using files = new LaneFiles(work.paths);
  const count = work.done.length;
  let bytes = 0;
  let toldMs = performance.now();
  while (begin !== undefined) {
    const at = Atomics.add(work.next, 0, 1);
    if (at >= count) break;
    const digest = begin();
    const length = hashPiece(work, at, files, digest);
    if (length === undefined) continue;
    work.hashes.set(digest.digest(), at * 20);
    Atomics.store(work.done, at, 1);
    bytes += length;
    if (performance.now() - toldMs < TELL_MS) continue;
    tell({ bytes, state: "working" });
    toldMs = performance.now();
    bytes = 0;
  }
  tell({ bytes, state: "over" });
}

/** Hashes the parts of a piece; gives its length, or nothing if it cannot be read. */
function hashPiece(
  { parts, firstParts }: LaneWork,
  at: number,
  files: LaneFiles,
  digest: Sha1Digest,
): number | undefined {
  let total = 0;
  for (let part = firstParts[at]!; part < firstParts[at + 1]!; part++) {
    const [file = ZEROS, offset = 0, length = 0] = parts.subarray(part * NUMBERS_A_PART);
    for (let done = 0; done < length;) {
      const bytes = files.read(file, offset + done, Math.min(READ_LENGTH, length - done));
      if (bytes === undefined) return undefined;
      digest.update(bytes);
      done += bytes.length;
    }
    total += length;
  }
  return total;
}

/** The files as one lane reads them: it keeps the last one open. */
class LaneFiles implements Disposable {
  readonly #paths: LaneWork["paths"];
  readonly #buffer = new Uint8Array(READ_LENGTH);
  readonly #zeros = new Uint8Array(READ_LENGTH);
  #index = -1;
  #file: Deno.FsFile | undefined;

  constructor(paths: LaneWork["paths"]) {
    this.#paths = paths;
  }

  /** Some of these bytes, at least one, valid until the next call; nothing if they cannot be read. */
  read(index: number, offset: number, length: number): Uint8Array | undefined {
    if (index === ZEROS) return this.#zeros.subarray(0, length);
    try {
      const file = this.#open(index);
      file.seekSync(offset, Deno.SeekMode.Start);
      const count = file.readSync(this.#buffer.subarray(0, length)) ?? 0;
      return count === 0 ? undefined : this.#buffer.subarray(0, count);
    } catch {
      return undefined; // whoever began the work reads it again, and finds out why
    }
  }

  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #open(index: number): Deno.FsFile {
    if (this.#file !== undefined && this.#index === index) return this.#file;
    this[Symbol.dispose]();
    const [path = "", ...folders] = this.#paths[index] ?? [];
    for (const at of [path, ...folders]) {
      if (Deno.lstatSync(at).isSymlink) throw new Deno.errors.FilesystemLoop(at);
    }
    this.#index = index;
    return this.#file = Deno.openSync(path);
  }
}

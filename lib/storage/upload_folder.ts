import { join } from "../paths/mod.ts";
import { equalBytes, type PieceIndex } from "../bytes/mod.ts";
import {
  checkName,
  choosePieceLength,
  PIECE_HASH_LENGTH,
  PieceLayout,
  UnsafePathError,
} from "../metainfo/mod.ts";
import { denoFileLayer } from "./deno_file_layer.ts";
import { FileExistsError, StorageError } from "./errors.ts";
import type { FileHandle, FileLayer } from "./file_layer.ts";
import { ensureFreeSpace } from "./free_space.ts";
import { type HashedPaths, hashPaths } from "./hash_paths.ts";
import { PieceHasher } from "./piece_hasher.ts";
import { moveWithin } from "./place.ts";
import { StoreLock } from "./store_lock.ts";

/** How the names begin that are ours in the folder: of the lock, and of what is being received. */
const OWN_PREFIX = ".sluice-";

/** How the name of a file begins that is being received. */
const RECEIVED_PREFIX = `${OWN_PREFIX}upload-`;

/** A file that is handed in. */
export interface ReceiveOptions {
  /** What it is to be called. */
  readonly name: string;
  /** How many bytes it has. */
  readonly length: number;
  /** The bytes; cancelled if they are not all read. */
  readonly source: ReadableStream<Uint8Array>;
}

/** Other bytes came than there should be; nothing of them was kept. */
export class WrongLengthError extends StorageError {
  /** The name of the class, for messages. */
  override name = "WrongLengthError";
}

/** A folder that takes in files, and nobody else meanwhile. */
export interface UploadFolder extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
  /** The names of the files in it that can be shared, sorted. */
  names(): Promise<string[]>;
  /**
   * Takes in a file, hashed on the way: under its name there is all of it, on the disk, or nothing. Where
   * the same content lies under that name already, that is given.
   *
   * @throws {UnsafePathError} if the name could not be written on every system, or is ours
   * @throws {NoSpaceError} if the disk has no room for it
   * @throws {FileExistsError} if something else is there
   * @throws {WrongLengthError} if more or fewer bytes come
   */
  receive(options: ReceiveOptions): Promise<HashedPaths>;
}

/**
 * Opens a folder that takes in files, and removes what a process has left in it that was killed while
 * it received something.
 *
 * @throws {StoreInUseError} if another tracker has it open
 * @throws {StorageError} if it is not there, or cannot be written to
 */
export async function openUploadFolder(
  folder: string,
  layer: FileLayer = denoFileLayer,
): Promise<UploadFolder> {
  const path = await layer.resolve(folder);
  if ((await layer.stat(path))?.kind !== "folder") {
    throw new StorageError(`Cannot use ${folder}: it is no folder`, folder, { code: "ENOTDIR" });
  }
  const lock = await StoreLock.acquire(layer, join(path, `${OWN_PREFIX}uploads.lock`));
  try {
    for (const { name, kind } of await layer.list(path)) {
      if (kind === "file" && name.startsWith(RECEIVED_PREFIX)) await layer.remove(join(path, name));
    }
  } catch (error) {
    await lock.release();
    throw error;
  }
  return {
    path,
    async names() {
      const entries = await layer.list(path);
      return entries.filter(({ name, kind }) => kind === "file" && isUsable(name))
        .map(({ name }) => name).sort();
    },
    receive: (options) => receive(layer, path, options),
    [Symbol.asyncDispose]: () => lock.release(),
  };
}

function isUsable(name: string): boolean {
  try {
    checkUploadName(name);
    return true;
  } catch {
    // Somebody has put it there by hand, and it could not be fetched everywhere.
    return false;
  }
}

function checkUploadName(name: string): void {
  checkName(name);
  if (name.startsWith(OWN_PREFIX)) {
    throw new UnsafePathError([name], "own name", "begins as the names of our own files do");
  }
}

async function receive(
  layer: FileLayer,
  folder: string,
  { name, length, source }: ReceiveOptions,
): Promise<HashedPaths> {
  const reader = source.getReader();
  const final = join(folder, name);
  const temporary = join(folder, `${RECEIVED_PREFIX}${crypto.randomUUID()}`);
  try {
    checkUploadName(name);
    await ensureFreeSpace(folder, length, layer);
    const handle = await layer.open(temporary, "new");
    try {
      const hashed = await writeHashed(handle, { name, length, reader });
      await handle.sync();
      handle.close();
      return await settle(layer, hashed, { temporary, final });
    } finally {
      handle.close();
      // Harmless when it has got its final name.
      await layer.remove(temporary);
    }
  } finally {
    await reader.cancel().catch(() => undefined); // Who sends it may have broken off.
  }
}

/** What is known of the content of a file. */
type Content = Pick<HashedPaths, "name" | "pieceLength" | "pieceHashes"> & {
  readonly length: number;
};

async function writeHashed(
  handle: FileHandle,
  { name, length, reader }: {
    readonly name: string;
    readonly length: number;
    readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  },
): Promise<Content> {
  const pieceLength = choosePieceLength(length);
  const layout = new PieceLayout({ totalLength: length, pieceLength });
  const pieceHashes = new Uint8Array(layout.pieceCount * PIECE_HASH_LENGTH);
  const hasher = PieceHasher.forArrivals();
  const piece = new Uint8Array(Math.min(pieceLength, length));
  let received = 0;
  let filled = 0;

  async function flush(index: PieceIndex): Promise<void> {
    const data = piece.subarray(0, filled);
    await handle.writeAt(data, layout.pieceOffset(index));
    pieceHashes.set(await hasher.hash(data), index * PIECE_HASH_LENGTH);
    filled = 0;
  }

  const indices = layout.pieceIndices()[Symbol.iterator]();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    let bytes = read.value;
    received += bytes.length;
    if (received > length) throw wrongLength(name, length, "more");
    while (bytes.length > 0) {
      const taken = Math.min(bytes.length, piece.length - filled);
      piece.set(bytes.subarray(0, taken), filled);
      filled += taken;
      bytes = bytes.subarray(taken);
      const isLast = received === length && bytes.length === 0;
      if (filled < piece.length && !isLast) continue;
      const next = indices.next();
      if (!next.done) await flush(next.value);
    }
  }
  if (received < length) throw wrongLength(name, length, `only ${received}`);
  return { name, length, pieceLength, pieceHashes };
}

function wrongLength(name: string, length: number, came: string): WrongLengthError {
  return new WrongLengthError(
    `Cannot take ${name}: it should have ${length} bytes, and ${came} came; send it again`,
    name,
  );
}

/** Gives a file its name, unless its content is there under that name. */
async function settle(
  layer: FileLayer,
  content: Content,
  { temporary, final }: { readonly temporary: string; readonly final: string },
): Promise<HashedPaths> {
  try {
    await moveWithin(layer, "file", temporary, final);
    await layer.syncFolder(join(final, ".."));
  } catch (error) {
    if (!(error instanceof FileExistsError)) throw error;
    const look = await layer.stat(final);
    if (look?.kind !== "file" || look.size !== content.length) throw error;
    const there = await hashPaths({ path: final, pieceLength: content.pieceLength, layer });
    if (equalBytes(there.pieceHashes, content.pieceHashes)) return there;
    throw error;
  }
  const { name, length, pieceLength, pieceHashes } = content;
  const look = await layer.stat(final);
  return {
    ...{ name, shape: "file", pieceLength, pieceHashes, root: final, skipped: [] },
    files: [{ path: [], length, offset: 0 }],
    looks: look === undefined ? [] : [look],
  };
}

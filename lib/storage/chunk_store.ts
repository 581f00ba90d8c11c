import { basename } from "../paths/mod.ts";
import { Bitfield, type PieceIndex } from "../bytes/mod.ts";
import type { TorrentFile, TorrentInfo } from "../metainfo/mod.ts";
import { BaseStore } from "./base_store.ts";
import { DataFiles } from "./data_files.ts";
import { eachPiece, type LongWorkOptions, sumSizes } from "./each_piece.ts";
import { StorageError } from "./errors.ts";
import { ensureFreeSpace } from "./free_space.ts";
import { HeldPieces } from "./held_pieces.ts";
import type { Library } from "./library.ts";
import { openPartialStore } from "./partial_store.ts";
import type { PieceStore } from "./piece_store.ts";
import { replaceFile, temporaryPath } from "./small_file.ts";
import { StoreLock } from "./store_lock.ts";
import { type VerifyOptions, verifyPieces } from "./verify.ts";
import { WatchedFiles } from "./watched_files.ts";

/** What {@linkcode openChunkStore} opens. */
export interface ChunkStoreOptions extends Omit<VerifyOptions, "layer"> {
  /** The library whose `Chunks/` holds the chunk files. */
  readonly library: Library;
  /** What the torrent says. */
  readonly info: TorrentInfo;
  /**
   * Whether missing pieces are to be put (the default), for which there must be room, and for the
   * merged file, too; or only what is there is read.
   */
  readonly intent?: "fetch" | "serve";
}

/**
 * Opens the chunk files of a torrent, `Chunks/NAME.part1` and so on: one a piece, of exactly its
 * size. Each is hashed first; one that is not right is not held and gives way to the right piece
 * when that is put. `finish` merges them into `Original_Files/` and keeps them; it ends by the
 * signal, and tells its progress, as the opening does, unless it is given others.
 *
 * @throws {StoreInUseError} if another process has them open
 * @throws {NoSpaceError} if the disk has no room for the missing pieces and the merged file
 */
export async function openChunkStore(options: ChunkStoreOptions): Promise<PieceStore> {
  const { info, library } = options;
  await using cleanup = new AsyncDisposableStack();
  const lock = await lockChunks(library, info.name);
  cleanup.defer(() => lock.release());
  const parts = partFiles(library, info);
  const files = new DataFiles({
    layer: library.layer,
    root: library.chunks,
    files: parts,
    mode: "read",
  });
  cleanup.defer(() => files.close());
  const held = new Bitfield(info.layout.pieceCount);
  const pieces = new HeldPieces(held);
  const watched = new WatchedFiles(info, files, pieces);

  const names = new Set((await library.layer.list(library.chunks)).map((entry) => entry.name));
  if (options.intent !== "serve") await removeLeftovers(library, info, names);
  const present: PieceIndex[] = [];
  for (const index of info.layout.pieceIndices()) {
    if (!names.has(parts[index]?.path[0] ?? "")) continue;
    const stat = await watched.lookAt(index);
    if (stat?.size === info.layout.pieceSize(index)) present.push(index);
  }
  const found = await verifyPieces(info, files, present, options);
  for (const index of found.ones()) held.set(index);
  if (!held.isFull && options.intent !== "serve") {
    const missing = [...info.layout.pieceIndices()].filter((index) => !held.has(index));
    const needed = sumSizes(info.layout, missing) + info.layout.totalLength;
    await ensureFreeSpace(library.chunks, needed, library.layer);
  }
  cleanup.move();
  const { signal, onProgress } = options;
  return new ChunkStore({
    info,
    library,
    lock,
    files,
    pieces,
    watched,
    work: { signal, onProgress },
  });
}

/** Removes what a process has left that was killed while it wrote chunk files, where that is possible. */
async function removeLeftovers(
  library: Library,
  info: TorrentInfo,
  names: ReadonlySet<string>,
): Promise<void> {
  const paths = [...info.layout.pieceIndices()]
    .map((index) => temporaryPath(library.partPath(info.name, index)))
    .filter((path) => names.has(basename(path)));
  await Promise.allSettled(paths.map((path) => library.layer.remove(path)));
}

/** The chunk files as the files of a torrent: joined in the order of their numbers they are its data. */
function partFiles(library: Library, info: TorrentInfo): TorrentFile[] {
  const { layout } = info;
  return Array.from(layout.pieceIndices(), (index) => ({
    path: [basename(library.partPath(info.name, index))],
    length: layout.pieceSize(index),
    offset: layout.pieceOffset(index),
  }));
}

/** Keeps others from the chunk files of that name. Where nobody can write, nothing needs a lock. */
export async function lockChunks(
  library: Library,
  name: string,
): Promise<Pick<StoreLock, "release">> {
  try {
    return await StoreLock.acquire(library.layer, library.chunkLockPath(name));
  } catch (error) {
    const isReadOnly = error instanceof StorageError &&
      ["EACCES", "EPERM", "EROFS"].includes(error.code ?? "");
    if (!isReadOnly) throw error;
    return { release: () => Promise.resolve() };
  }
}

interface ChunkParts {
  readonly info: TorrentInfo;
  readonly library: Library;
  readonly lock: Pick<StoreLock, "release">;
  readonly files: DataFiles;
  readonly pieces: HeldPieces;
  readonly watched: WatchedFiles;
  readonly work: LongWorkOptions;
}

class ChunkStore extends BaseStore {
  readonly #parts: ChunkParts;
  /** The merging that was begun last; it never rejects here. */
  #merging: Promise<unknown> = Promise.resolve();

  constructor(parts: ChunkParts) {
    super(parts.info, parts.pieces);
    this.#parts = parts;
  }

  protected override async writePiece(index: PieceIndex, data: Uint8Array): Promise<void> {
    const { library, files, watched } = this.#parts;
    const path = library.partPath(this.info.name, index);
    await replaceFile(library.layer, path, data, { durability: "cached" });
    files.forget(index);
    await watched.lookAt(index);
  }

  protected override readPiece(
    index: PieceIndex,
    begin: number,
    target: Uint8Array,
  ): Promise<void> {
    return this.#parts.watched.read(index, begin, target);
  }

  /** The chunk files stay where they are: they are read, and more are put, while they are merged. */
  protected override placing(place: () => Promise<string>): Promise<string> {
    const merging = this.#merging.then(() => this.gate.run(place));
    this.#merging = merging.catch(() => undefined);
    return merging;
  }

  protected override async place(asked: LongWorkOptions): Promise<string> {
    const { library, watched } = this.#parts;
    const work = { ...this.#parts.work, ...asked };
    await using merged = await openPartialStore({ ...work, library, info: this.info });
    await eachPiece({
      ...work,
      layout: this.info.layout,
      indices: [...this.info.layout.pieceIndices()].filter((index) => !merged.held.has(index)),
      work: async (index, piece) => {
        await watched.read(index, 0, piece);
        await merged.put(index, piece);
      },
    });
    return await merged.finish();
  }

  protected override async release(): Promise<void> {
    this.#parts.files.close();
    await this.#parts.lock.release();
  }
}

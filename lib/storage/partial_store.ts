import { resolve } from "@std/path";
import type { Bitfield, PieceIndex } from "../bytes/mod.ts";
import { checkName, type TorrentInfo } from "../metainfo/mod.ts";
import { type Clock, systemClock } from "../net/mod.ts";
import { BaseStore } from "./base_store.ts";
import { Checkpoints } from "./checkpoints.ts";
import { DataFiles } from "./data_files.ts";
import { denoFileLayer } from "./deno_file_layer.ts";
import { FileExistsError, isDataError, StorageChangedError, StorageError } from "./errors.ts";
import type { FileLayer } from "./file_layer.ts";
import { ensureFreeSpace } from "./free_space.ts";
import type { Journal } from "./journal.ts";
import type { Library } from "./library.ts";
import { readJournal, recoverPartial } from "./partial_recovery.ts";
import type { PieceStore } from "./piece_store.ts";
import { copyPath, moveIntoPlace } from "./place.ts";
import { openSeedStore } from "./seed_store.ts";
import { siblingPath } from "./sibling_path.ts";
import { StoreLock } from "./store_lock.ts";
import { compareWithTorrent, type VerifyOptions } from "./verify.ts";
import { WatchedFiles } from "./watched_files.ts";

/**
 * Where a download goes: through `Chunks/` into `Original_Files/` of a library, or into a folder,
 * where the partial data lies, too, so that the last rename stays on one file system.
 */
export type PartialPlace = { readonly library: Library } | { readonly folder: string };

/** What {@linkcode openPartialStore} opens. */
export type PartialStoreOptions = PartialPlace & VerifyOptions & {
  /** What the torrent says. */
  readonly info: TorrentInfo;
  /** The time; that of the machine by default. */
  readonly clock?: Clock | undefined;
};

/**
 * Opens the data of a download, new or begun, to go on with it. It lies in `NAME.partial` at its
 * final size, takes room only for what is held, and has a journal beside it; another process cannot
 * open it meanwhile. `finish` moves it to `NAME`. If that is there already and is the very data, a
 * store is opened that holds all of it.
 *
 * @throws {StoreInUseError} if another process has it open
 * @throws {FileExistsError} if something else is in the final place
 * @throws {NoSpaceError} if the disk has less room than the pieces that are missing take
 * @throws {StorageError} if the partial data is that of another torrent
 */
export async function openPartialStore(options: PartialStoreOptions): Promise<PieceStore> {
  const { info, clock = systemClock } = options;
  const layer = options.layer ?? ("library" in options ? options.library.layer : denoFileLayer);
  const paths = pathsOf(info.name, options);
  await using cleanup = new AsyncDisposableStack();
  const lock = await StoreLock.acquire(layer, siblingPath(paths.data, ".lock"));
  cleanup.defer(() => lock.release());

  const state = await readJournal(layer, info, paths);
  const final = await compareWithTorrent(info, paths.final, { ...options, layer });
  if (final === "different") throw new FileExistsError(paths.final);
  if (final === "same") {
    if (state !== undefined) await removePartial(layer, paths);
    return await openSeedStore({ info, path: paths.final, held: "trusted", layer });
  }

  const files = new DataFiles({ layer, root: paths.data, files: info.files, mode: "update" });
  cleanup.defer(() => files.close());
  const { held, uncovered, journal } = await recoverPartial({
    layer,
    info,
    paths,
    files,
    state,
    work: options,
  });
  cleanup.defer(() => journal.close());
  const missing = [...info.layout.pieceIndices()].filter((index) => !held.has(index));
  await ensureFreeSpace(paths.data, sumSizes(info, missing), layer);

  const checkpoints = new Checkpoints(files, journal, clock);
  checkpoints.written(sumSizes(info, uncovered));
  cleanup.move();
  const phase: Fetching = { kind: "fetching", lock, files, journal, checkpoints };
  return new PartialStore({ info, held, phase }, layer, paths);
}

interface Paths {
  readonly data: string;
  readonly journal: string;
  readonly final: string;
}

function pathsOf(name: string, place: PartialPlace): Paths {
  checkName(name);
  const data = "library" in place
    ? place.library.partialPath(name)
    : siblingPath(resolve(place.folder, name), ".partial");
  const final = "library" in place ? place.library.originalPath(name) : resolve(place.folder, name);
  return { data, journal: siblingPath(data, ".journal"), final };
}

/** The data goes first: a journal without data is understood, data without a journal must be hashed. */
async function removePartial(layer: FileLayer, paths: Paths): Promise<void> {
  await layer.remove(paths.data);
  await layer.remove(copyPath(paths.final));
  await layer.remove(paths.journal);
}

function sumSizes(info: TorrentInfo, indices: Iterable<PieceIndex>): number {
  let sum = 0;
  for (const index of indices) sum += info.layout.pieceSize(index);
  return sum;
}

/** The data is in its partial place and grows. */
interface Fetching {
  readonly kind: "fetching";
  readonly lock: StoreLock;
  readonly files: DataFiles;
  readonly journal: Journal;
  readonly checkpoints: Checkpoints;
}

/** The data is in its final place, where its owner may change it. */
interface Placed {
  readonly kind: "placed";
  readonly files: DataFiles;
  readonly watched: WatchedFiles;
}

class PartialStore extends BaseStore {
  readonly #layer: FileLayer;
  readonly #paths: Paths;
  #phase: Fetching | Placed;

  constructor(
    start: { readonly info: TorrentInfo; readonly held: Bitfield; readonly phase: Fetching },
    layer: FileLayer,
    paths: Paths,
  ) {
    super(start.info, start.held);
    this.#phase = start.phase;
    this.#layer = layer;
    this.#paths = paths;
  }

  protected override async writePiece(index: PieceIndex, data: Uint8Array): Promise<void> {
    if (this.#phase.kind === "placed") throw new FileExistsError(this.#paths.final);
    const { files, journal, checkpoints } = this.#phase;
    await files.write(this.info.layout.pieceOffset(index), data);
    await journal.pieceWritten(index);
    checkpoints.written(data.length);
  }

  protected override async readPiece(
    index: PieceIndex,
    begin: number,
    target: Uint8Array,
  ): Promise<void> {
    if (this.#phase.kind === "placed") return await this.#phase.watched.read(index, begin, target);
    try {
      await this.#phase.files.read(this.info.layout.pieceOffset(index) + begin, target);
    } catch (error) {
      if (!isDataError(error)) throw error;
      this.held.clear(index);
      await this.#phase.journal.pieceLost(index);
      const { data } = this.#paths;
      throw new StorageChangedError(
        `Cannot read piece ${index} of ${data}: its data is gone or bad, it must be fetched again`,
        data,
        { cause: error, code: error instanceof StorageError ? error.code : undefined },
      );
    }
  }

  protected override async place(): Promise<string> {
    const { final } = this.#paths;
    if (this.#phase.kind === "placed") return final;
    const { lock, files, journal, checkpoints } = this.#phase;
    await checkpoints.make();
    files.close();
    const found = await compareWithTorrent(this.info, final, { layer: this.#layer });
    if (found === "different") throw new FileExistsError(final);
    if (found === "absent") await moveIntoPlace(this.#layer, this.info, this.#paths.data, final);
    await this.#watchFinal();
    journal.close();
    try {
      await removePartial(this.#layer, this.#paths);
    } finally {
      await lock.release();
    }
    return final;
  }

  async #watchFinal(): Promise<void> {
    const root = this.#paths.final;
    const options = { layer: this.#layer, root, files: this.info.files, mode: "read" } as const;
    const files = new DataFiles(options);
    const watched = new WatchedFiles(this.info, files, this.held);
    await watched.lookAtAll();
    this.#phase = { kind: "placed", files, watched };
  }

  protected override async release(): Promise<void> {
    if (this.#phase.kind === "placed") return this.#phase.files.close();
    const { lock, files, journal, checkpoints } = this.#phase;
    await Promise.allSettled([checkpoints.make()]); // what it would cover is hashed by the next open
    files.close();
    journal.close();
    await lock.release();
  }
}

import { resolve } from "../paths/mod.ts";
import type { PieceIndex } from "../bytes/mod.ts";
import { checkName, type TorrentInfo } from "../metainfo/mod.ts";
import { type Clock, systemClock } from "../net/mod.ts";
import { removeEmptyFolders, type SelectedData, sweepAside } from "./aside_files.ts";
import { BaseStore } from "./base_store.ts";
import { Checkpoints } from "./checkpoints.ts";
import { DataFiles } from "./data_files.ts";
import { indicesOf, layOut, type Selection, selectionOf } from "./data_layout.ts";
import { denoFileLayer } from "./deno_file_layer.ts";
import { sumSizes } from "./each_piece.ts";
import { FileExistsError, nameSome, StorageChangedError } from "./errors.ts";
import type { FileLayer } from "./file_layer.ts";
import { type FinalFiles, inspectFinal, openMoved } from "./final_place.ts";
import { ensureFreeSpace } from "./free_space.ts";
import { HeldPieces } from "./held_pieces.ts";
import type { Journal } from "./journal.ts";
import type { Library } from "./library.ts";
import { readJournal, recoverPartial } from "./partial_recovery.ts";
import type { PieceStore } from "./piece_store.ts";
import { copyPath, moveIntoPlace } from "./place.ts";
import { siblingPath } from "./sibling_path.ts";
import { StoreLock } from "./store_lock.ts";
import type { VerifyOptions } from "./verify.ts";
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
  /** Places in the torrent of the files that are to be fetched; all of them by default. */
  readonly select?: ReadonlySet<number> | undefined;
};

/**
 * Opens the data of a download, new or begun, to go on with it. It lies in `NAME.partial` at its
 * final size, takes room only for what is held, and has a journal beside it; another process cannot
 * open it meanwhile. `finish` moves it to `NAME`. If that is there already and is the very data, a
 * store is opened that holds all of it.
 *
 * Where files are selected, no other file is ever made in either place. The bytes of others that lie
 * in wanted pieces are kept in `NAME.partial.aside`, and stay there after `finish`: with them the
 * data is known again and can be served. A download may go on with another selection; what was
 * fetched of files that are no longer chosen is kept aside until `finish`, and not held meanwhile.
 *
 * @throws {RangeError} if no file is selected, or one that there is not
 * @throws {StoreInUseError} if another process has it open
 * @throws {FileExistsError} if something else is in the final place, or in that of the partial data
 * @throws {NoSpaceError} if the disk has less room than the pieces that are missing take
 * @throws {StorageError} if the partial data is that of another torrent
 */
export async function openPartialStore(options: PartialStoreOptions): Promise<PieceStore> {
  const { info, clock = systemClock } = options;
  const layer = options.layer ?? ("library" in options ? options.library.layer : denoFileLayer);
  const selection = selectionOf(info, options.select);
  const paths = pathsOf(info.name, options);
  await using cleanup = new AsyncDisposableStack();
  const lock = await StoreLock.acquire(layer, siblingPath(paths.data, ".lock"));
  cleanup.defer(() => lock.release());

  const found = await readJournal(layer, info, paths);
  const final = await inspectFinal({ layer, info, selection, paths }, options);
  if (final !== undefined) {
    if (found.kind === "usable") await removePartial(layer, paths);
    if (final.extent === "whole") await sweepAside(layer, paths.aside);
    const pieces = new HeldPieces(selection.wanted.clone());
    const phase = placed(info, pieces, final);
    return new PartialStore({ info, selection, pieces, phase }, layer, paths);
  }

  const files = new DataFiles({
    layer,
    root: paths.data,
    aside: paths.aside,
    files: layOut(info, selection.chosen, selection.wanted),
    mode: "update",
  });
  cleanup.defer(() => files.close());
  const recovery = { layer, info, paths, selection, files, found, work: options };
  const { pieces, watched, uncovered, journal } = await recoverPartial(recovery);
  cleanup.defer(() => journal.close());
  const missing = indicesOf(info, selection.wanted).filter((index) => !pieces.bits.has(index));
  await ensureFreeSpace(paths.data, sumSizes(info.layout, missing), layer);

  const checkpoints = new Checkpoints(files, journal, clock);
  checkpoints.written(sumSizes(info.layout, uncovered));
  cleanup.move();
  const phase: Fetching = { kind: "fetching", lock, files, watched, journal, checkpoints };
  return new PartialStore({ info, selection, pieces, phase }, layer, paths);
}

interface Paths {
  readonly data: string;
  readonly journal: string;
  readonly aside: string;
  readonly final: string;
}

function pathsOf(name: string, place: PartialPlace): Paths {
  checkName(name);
  const data = "library" in place
    ? place.library.partialPath(name)
    : siblingPath(resolve(place.folder, name), ".partial");
  const final = "library" in place ? place.library.originalPath(name) : resolve(place.folder, name);
  return {
    data,
    journal: siblingPath(data, ".journal"),
    aside: siblingPath(data, ".aside"),
    final,
  };
}

/** What lies aside and is not needed goes first: the data cannot be made more of from then on. */
async function movePartial(data: SelectedData & { readonly paths: Paths }): Promise<void> {
  const { layer, info, paths, selection, files } = data;
  await sweepAside(layer, paths.aside, files);
  await removeEmptyFolders(data);
  await moveIntoPlace({
    ...{ layer, info, wanted: selection.wanted, files },
    ...{ from: paths.data, aside: paths.aside, to: paths.final },
  });
}

/** The data goes first: a journal without data is understood, data without a journal must be hashed. */
async function removePartial(layer: FileLayer, paths: Paths): Promise<void> {
  await layer.remove(paths.data);
  await layer.remove(copyPath(paths.final));
  await layer.remove(paths.journal);
}

/** The data is in its partial place and grows. */
interface Fetching {
  readonly kind: "fetching";
  readonly lock: StoreLock;
  readonly files: DataFiles;
  readonly watched: WatchedFiles;
  readonly journal: Journal;
  readonly checkpoints: Checkpoints;
}

/** The data is in its final place, where its owner may change it. */
interface Placed {
  readonly kind: "placed";
  readonly files: DataFiles;
  readonly watched: WatchedFiles;
}

function placed(info: TorrentInfo, pieces: HeldPieces, { files, looks }: FinalFiles): Placed {
  const watched = new WatchedFiles(info, files, pieces);
  for (const [fileIndex, look] of looks) watched.expect(fileIndex, look);
  return { kind: "placed", files, watched };
}

interface Start {
  readonly info: TorrentInfo;
  readonly selection: Selection;
  readonly pieces: HeldPieces;
  readonly phase: Fetching | Placed;
}

class PartialStore extends BaseStore {
  readonly #layer: FileLayer;
  readonly #paths: Paths;
  readonly #selection: Selection;
  #phase: Fetching | Placed;

  constructor(start: Start, layer: FileLayer, paths: Paths) {
    super(start.info, start.pieces, start.selection.wanted);
    this.#selection = start.selection;
    this.#phase = start.phase;
    this.#layer = layer;
    this.#paths = paths;
  }

  protected override async writePiece(index: PieceIndex, data: Uint8Array): Promise<void> {
    if (this.#phase.kind === "placed") throw new FileExistsError(this.#paths.final);
    const { watched, journal, checkpoints } = this.#phase;
    // Asked for in the way of each piece, and so only where there is something to refuse.
    if (checkpoints.failure !== undefined) await this.#refuseGone(this.#phase, checkpoints.failure);
    await watched.write(this.info.layout.pieceOffset(index), data);
    await journal.pieceWritten(index);
    checkpoints.written(data.length);
    if (checkpoints.failure !== undefined) await this.#refuseGone(this.#phase, checkpoints.failure);
  }

  protected override async readPiece(
    index: PieceIndex,
    begin: number,
    target: Uint8Array,
  ): Promise<void> {
    const phase = this.#phase;
    try {
      await phase.watched.read(index, begin, target);
    } catch (error) {
      if (phase.kind === "placed" || !(error instanceof StorageChangedError)) throw error;
      await phase.journal.pieceLost(index);
      const { data } = this.#paths;
      throw new StorageChangedError(
        `Cannot read piece ${index} of ${data}: its data is gone or bad, it must be fetched again`,
        data,
        { cause: error, code: error.code },
      );
    }
  }

  protected override async place(): Promise<string> {
    const { final } = this.#paths;
    if (this.#phase.kind === "placed") return final;
    const { lock, files, watched, journal, checkpoints } = this.#phase;
    try {
      await checkpoints.make();
    } catch (error) {
      await this.#refuseGone(this.#phase, error);
      throw error;
    }
    await this.#refuseChanged(this.#phase);
    files.close();
    const place = {
      ...{ layer: this.#layer, info: this.info, selection: this.#selection },
      ...{ paths: this.#paths, files: files.files },
    };
    const found = await inspectFinal(place);
    if (found === undefined) await movePartial(place);
    const finalFiles = found ?? await openMoved(place, watched.looks);
    this.#phase = placed(this.info, this.pieces, finalFiles);
    journal.close();
    try {
      await removePartial(this.#layer, this.#paths);
    } finally {
      await lock.release();
    }
    return final;
  }

  /** Where the failure is that a file is gone, its pieces are, too, and the download must end. */
  async #refuseGone({ watched, journal }: Fetching, failure: unknown): Promise<void> {
    if (!(failure instanceof StorageChangedError)) return;
    const lost = watched.loseFile(failure.path);
    await Promise.all(lost.map((index) => journal.pieceLost(index)));
    throw failure;
  }

  /** What others wrote to the files is not placed: the pieces are lost, and can be put again. */
  async #refuseChanged({ watched, journal }: Fetching): Promise<void> {
    const lost = await watched.recheck();
    if (lost.length === 0) return;
    await Promise.all(lost.map((index) => journal.pieceLost(index)));
    const { data } = this.#paths;
    const named = lost.length === 1 ? `piece ${lost[0]}` : `pieces ${nameSome(lost)}`;
    throw new StorageChangedError(
      `Cannot finish ${data}: ${named} changed meanwhile and must be fetched again`,
      data,
    );
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

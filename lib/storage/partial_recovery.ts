import { Bitfield, type PieceIndex } from "../bytes/mod.ts";
import type { TorrentInfo } from "../metainfo/mod.ts";
import { carryOut, isNoMove, planMoves, sweepAside } from "./aside_files.ts";
import type { DataFiles } from "./data_files.ts";
import { indicesOf, type Selection } from "./data_layout.ts";
import { type LongWorkOptions, sumSizes } from "./each_piece.ts";
import { FileExistsError, StorageError } from "./errors.ts";
import type { FileLayer } from "./file_layer.ts";
import { ensureFreeSpace } from "./free_space.ts";
import { HeldPieces } from "./held_pieces.ts";
import { Journal } from "./journal.ts";
import { decodeJournal, isJournal, type JournalState } from "./journal_format.ts";
import { requirePlain } from "./plain_path.ts";
import { readSmallFile } from "./small_file.ts";
import { verifyPieces } from "./verify.ts";
import { WatchedFiles } from "./watched_files.ts";
import { MAX_JOURNAL_BYTES } from "./limits.ts";

/** Where partial data and its journal lie. */
export interface PartialPaths {
  /** The file or folder of the data. */
  readonly data: string;
  /** The journal. */
  readonly journal: string;
  /** The folder of what lies aside. */
  readonly aside: string;
}

/** What stands at the path of a journal. */
export type FoundJournal =
  /** One that can be gone on with. */
  | { readonly kind: "usable"; readonly state: JournalState }
  /** Nothing, a journal that is damaged, or something else. */
  | { readonly kind: "absent" | "damaged" | "other" };

/**
 * Looks for the journal of partial data.
 *
 * @throws {StorageError} if it tells of another torrent, whose data would be lost, or is a link
 */
export async function readJournal(
  layer: FileLayer,
  info: TorrentInfo,
  paths: PartialPaths,
): Promise<FoundJournal> {
  await requirePlain(layer, paths.journal);
  const bytes = await readSmallFile(layer, paths.journal, MAX_JOURNAL_BYTES);
  if (bytes === undefined) return { kind: "absent" };
  if (!isJournal(bytes)) return { kind: "other" };
  const reading = decodeJournal(bytes, info.infoHash, info.layout.pieceCount);
  if (reading.kind === "foreign") {
    throw new StorageError(
      `Cannot open ${paths.data}: it holds part of another torrent of that name ` +
        `(${reading.infoHash}); fetch that one first, remove the file, or choose another folder`,
      paths.data,
    );
  }
  return reading.kind === "state" ? { kind: "usable", state: reading.state } : { kind: "damaged" };
}

/** What {@linkcode recoverPartial} goes by. */
export interface RecoveryOptions {
  readonly layer: FileLayer;
  readonly info: TorrentInfo;
  readonly paths: PartialPaths;
  readonly selection: Selection;
  /** The data, to be written, too. */
  readonly files: DataFiles;
  readonly found: FoundJournal;
  readonly work: LongWorkOptions;
}

/** What is held of partial data, and the journal to go on with. */
export interface Recovery {
  /** Pieces that are held. */
  readonly pieces: HeldPieces;
  /** The files, as they looked before the pieces were verified. */
  readonly watched: WatchedFiles;
  /** The ones of them that the next checkpoint must cover. */
  readonly uncovered: readonly PieceIndex[];
  readonly journal: Journal;
}

/**
 * Makes the files what they must be and finds out which wanted pieces are held: those that the journal
 * trusts, and of the doubtful ones those whose hash is right. Without a usable journal, or where a
 * file had not its size or its place, everything is doubtful that may be there.
 *
 * @throws {FileExistsError} if what is there is not of this download; nothing was written then
 * @throws {NoSpaceError} if there is nothing yet and no room for it; nothing was written then
 */
export async function recoverPartial(options: RecoveryOptions): Promise<Recovery> {
  const { layer, info, paths, files, found } = options;
  const { layout } = info;
  const { wanted } = options.selection;
  if (await layer.stat(paths.data) === undefined) return await begin(options);
  await refuseForeign(options);
  const state = found.kind === "usable" ? found.state : undefined;
  const { outcome, regained } = await restoreFiles(options);

  const isTrusted = state !== undefined && outcome === "as expected";
  const held = new Bitfield(layout.pieceCount);
  const pieces = new HeldPieces(held);
  const watched = new WatchedFiles(info, files, pieces);
  await watched.lookAtAll();
  const doubtful: PieceIndex[] = [];
  for (const index of layout.pieceIndices()) {
    if (!wanted.has(index)) continue;
    if (isTrusted && state.trusted.has(index)) held.set(index);
    else if (state === undefined || isClaimed(state, index) || regained.has(index)) {
      doubtful.push(index);
    }
  }
  const trusted = held.clone();
  const written = await verifyPieces(info, files, doubtful, options.work);
  const uncovered = doubtful.filter((index) => written.has(index));
  for (const index of uncovered) {
    held.set(index);
    files.markDirty(layout.pieceOffset(index), layout.pieceSize(index));
  }

  const isAsItStands = isTrusted && doubtful.length === 0 && state.tail === "clean" &&
    trusted.count === state.trusted.count && state.doubtful.isEmpty;
  const journal = isAsItStands
    ? await Journal.resume(layer, paths.journal, info.infoHash, state)
    : await Journal.create(layer, paths.journal, info.infoHash, { trusted, written });
  return { pieces, watched, uncovered, journal };
}

/**
 * Gives the files their places and sizes. Before anything is changed the journal is made to trust
 * nothing: after a crash in the middle the files may look as expected, and not have what it says. It
 * claims what comes back to its place, or nobody would look for that there after the crash.
 */
async function restoreFiles(
  options: RecoveryOptions,
): Promise<{ outcome: "as expected" | "changed"; regained: Bitfield }> {
  const { layer, info, paths, files, found } = options;
  const data = { ...options, files: files.files };
  const moves = await planMoves(data);
  const { regained } = moves;
  if (isNoMove(moves) && await hasSizes(files)) return { outcome: "as expected", regained };
  if (found.kind === "usable" && !(found.state.trusted.isEmpty && regained.isEmpty)) {
    const trusted = new Bitfield(info.layout.pieceCount);
    const written = new Bitfield(info.layout.pieceCount);
    for (const index of info.layout.pieceIndices()) {
      if (isClaimed(found.state, index) || regained.has(index)) written.set(index);
    }
    const pieces = { trusted, written };
    (await Journal.create(layer, paths.journal, info.infoHash, pieces)).close();
  }
  await carryOut(moves, data);
  await files.prepare();
  return { outcome: "changed", regained };
}

function isClaimed({ trusted, doubtful }: JournalState, index: PieceIndex): boolean {
  return trusted.has(index) || doubtful.has(index);
}

/** Begins with nothing. The journal comes first: data without one would not be known as ours. */
async function begin(options: RecoveryOptions): Promise<Recovery> {
  const { layer, info, paths, files, found } = options;
  if (found.kind === "other") throw new FileExistsError(paths.journal);
  const wanted = indicesOf(info, options.selection.wanted);
  await ensureFreeSpace(paths.data, sumSizes(info.layout, wanted), layer);
  await sweepAside(layer, paths.aside); // of an earlier download, whose data is gone
  const none = new Bitfield(info.layout.pieceCount);
  await using cleanup = new AsyncDisposableStack();
  const undo = async (work: Promise<void>) => {
    await Promise.allSettled([work]); // the first error is the one that counts
  };
  cleanup.defer(() => undo(removeJournal(options)));
  const journal = await Journal.create(layer, paths.journal, info.infoHash, {
    trusted: none,
    written: none,
  });
  cleanup.defer(() => journal.close());
  cleanup.defer(() => undo(layer.remove(paths.data)));
  cleanup.defer(() => undo(sweepAside(layer, paths.aside)));
  await files.prepare();
  const pieces = new HeldPieces(none.clone());
  const watched = new WatchedFiles(info, files, pieces);
  await watched.lookAtAll();
  cleanup.move();
  return { pieces, watched, uncovered: [], journal };
}

/** Removes a journal of no pieces, unless there is data, which would not be known as ours without it. */
async function removeJournal({ layer, paths }: RecoveryOptions): Promise<void> {
  if (await layer.stat(paths.data) === undefined) await layer.remove(paths.journal);
}

/**
 * Data is ours if the journal says that it has pieces, or if it has one. Besides, data of exactly the
 * right size is, and files that were just being made: they are missing or empty.
 */
async function refuseForeign(options: RecoveryOptions): Promise<void> {
  const { layer, info, paths, selection, files, found, work } = options;
  if ((await layer.stat(paths.data))?.kind === "link") return; // refused with a better reason
  const state = found.kind === "usable" ? found.state : undefined;
  if (state !== undefined && !(state.trusted.isEmpty && state.doubtful.isEmpty)) return;
  const isFitting = await hasSizes(files, state === undefined ? "exact" : "exact or none");
  if (isFitting && found.kind !== "other") return;
  const held = await verifyPieces(info, files, indicesOf(info, selection.wanted), work);
  if (held.isEmpty) throw new FileExistsError(isFitting ? paths.journal : paths.data);
}

/** Whether every file is there at its size or, if that is fine, too, missing or empty. */
async function hasSizes(
  files: DataFiles,
  expected: "exact" | "exact or none" = "exact",
): Promise<boolean> {
  for (const [fileIndex, file] of files.placed()) {
    const stat = await files.stat(fileIndex);
    if (stat?.kind === "file" && stat.size === file.length) continue;
    const isNone = stat === undefined || stat.kind === "file" && stat.size === 0;
    if (expected === "exact" || !isNone) return false;
  }
  return true;
}

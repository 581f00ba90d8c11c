import { Bitfield, type PieceIndex } from "../bytes/mod.ts";
import type { TorrentInfo } from "../metainfo/mod.ts";
import type { DataFiles } from "./data_files.ts";
import type { LongWorkOptions } from "./each_piece.ts";
import { StorageError } from "./errors.ts";
import type { FileLayer } from "./file_layer.ts";
import { Journal } from "./journal.ts";
import { decodeJournal, type JournalState } from "./journal_format.ts";
import { readSmallFile } from "./small_file.ts";
import { verifyPieces } from "./verify.ts";

/** The longest journal that is read, several times what the most pieces take. */
const MAX_JOURNAL_BYTES = 128 * 1024 * 1024;

/** Where partial data and its journal lie. */
export interface PartialPaths {
  /** The file or folder of the data. */
  readonly data: string;
  /** The journal. */
  readonly journal: string;
}

/**
 * The journal of partial data; `undefined` if there is none that can be used.
 *
 * @throws {StorageError} if it tells of another torrent, whose data would be lost
 */
export async function readJournal(
  layer: FileLayer,
  info: TorrentInfo,
  paths: PartialPaths,
): Promise<JournalState | undefined> {
  const bytes = await readSmallFile(layer, paths.journal, MAX_JOURNAL_BYTES);
  if (bytes === undefined) return undefined;
  const reading = decodeJournal(bytes, info.infoHash, info.layout.pieceCount);
  if (reading.kind === "foreign") {
    throw new StorageError(
      `Cannot open ${paths.data}: it holds part of another torrent of that name ` +
        `(${reading.infoHash}); fetch that one first, remove the file, or choose another folder`,
      paths.data,
    );
  }
  return reading.kind === "state" ? reading.state : undefined;
}

/** What is held of partial data, and the journal to go on with. */
export interface Recovery {
  /** Pieces that are held. */
  readonly held: Bitfield;
  /** The ones of them that the next checkpoint must cover. */
  readonly uncovered: readonly PieceIndex[];
  readonly journal: Journal;
}

/**
 * Makes the files what they must be and finds out which pieces are held: those that the journal
 * trusts, and of the doubtful ones those whose hash is right. Without a usable journal, or where a
 * file had not its size, everything is doubtful that may be there.
 */
export async function recoverPartial(options: {
  readonly layer: FileLayer;
  readonly info: TorrentInfo;
  readonly paths: PartialPaths;
  readonly files: DataFiles;
  readonly state: JournalState | undefined;
  readonly work: LongWorkOptions;
}): Promise<Recovery> {
  const { layer, info, paths, files, state } = options;
  const { layout } = info;
  const hadData = await layer.stat(paths.data) !== undefined;
  const sizes = await files.prepare();

  const isTrusted = state !== undefined && sizes === "as expected";
  const held = isTrusted ? state.trusted.clone() : new Bitfield(layout.pieceCount);
  const doubtful: PieceIndex[] = [];
  for (const index of layout.pieceIndices()) {
    const isClaimed = state === undefined || state.trusted.has(index) || state.doubtful.has(index);
    if (hadData && isClaimed && !held.has(index)) doubtful.push(index);
  }
  const trusted = held.clone();
  const written = await verifyPieces(info, files, doubtful, options.work);
  const uncovered = doubtful.filter((index) => written.has(index));
  for (const index of uncovered) {
    held.set(index);
    files.markDirty(layout.pieceOffset(index), layout.pieceSize(index));
  }

  const isAsItStands = isTrusted && doubtful.length === 0 && state.tail === "clean";
  const journal = isAsItStands
    ? await Journal.resume(layer, paths.journal, info.infoHash, state)
    : await Journal.create(layer, paths.journal, info.infoHash, { trusted, written });
  return { held, uncovered, journal };
}

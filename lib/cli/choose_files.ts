import {
  FileSelectionError,
  MagnetError,
  parseFileIndices,
  selectFiles,
  type TorrentInfo,
} from "../metainfo/mod.ts";
import type { Arguments } from "./arguments.ts";
import { UsageError } from "./cli_error.ts";
import type { Hints } from "./find_torrent.ts";

/**
 * The files of a torrent that are to be fetched, by their places in it: those that `--select` names,
 * or else those of a magnet link (BEP 53); `undefined` if all are.
 *
 * @throws {UsageError} if `--select` names no file of the torrent
 * @throws {MagnetError} if the link names none
 */
export function chooseFiles(
  info: TorrentInfo,
  { selectOnly }: Hints,
  args: Arguments,
): ReadonlySet<number> | undefined {
  const patterns = args.all("select");
  try {
    if (patterns.length > 0) return selectFiles(info, patterns);
    return selectOnly === undefined ? undefined : parseFileIndices(selectOnly, info.files.length);
  } catch (cause) {
    if (!(cause instanceof FileSelectionError)) throw cause;
    if (patterns.length === 0) throw new MagnetError(cause.reason, { cause });
    throw new UsageError(`Cannot use --select: ${cause.reason}`, { cause });
  }
}

import { encodeTorrent, type TorrentInfo } from "../metainfo/mod.ts";
import { type Library, writeFileAtomic } from "../storage/mod.ts";
import type { Tiers } from "./announcing.ts";
import { CliError } from "./cli_error.ts";
import { EXIT } from "./exit_code.ts";
import { printable } from "./printable.ts";

/**
 * Sees to it that the torrent file of chunk files is in `Chunks/`, with the trackers of its own.
 *
 * @throws {CliError} if that of another torrent is there, which stays as it is
 */
export async function keepTorrent(
  library: Library,
  info: TorrentInfo,
  trackers: Tiers = [],
): Promise<void> {
  const path = library.torrentPath(info.name);
  if (await library.layer.stat(path) === undefined) {
    await library.layer.makeFolder(library.chunks);
    return await writeFileAtomic(library.layer, path, encodeTorrent({ info, trackers }));
  }
  const { infoHash } = (await library.readTorrent(info.name)).info;
  if (infoHash === info.infoHash) return;
  throw new CliError(
    EXIT.fileExists,
    `Cannot fetch chunk files of ${printable(info.name)}: ${path} is that of another torrent ` +
      `(${infoHash}); move it and its chunk files away, or choose another folder with --library`,
  );
}

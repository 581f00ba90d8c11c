import { encodeTorrent, type TorrentInfo } from "../metainfo/mod.ts";
import { type Library, writeFileAtomic } from "../storage/mod.ts";
import type { Tiers } from "./announcing.ts";
import { CliError } from "./cli_error.ts";
import { EXIT } from "./exit_code.ts";
import { printable } from "./printable.ts";

/**
 * Sees to it that the torrent file of chunk files is in `Chunks/`, with the trackers of its own; gives
 * these. Trackers that it names already are kept in it.
 *
 * @throws {CliError} if that of another torrent is there, which stays as it is
 */
export async function keepTorrent(
  library: Library,
  info: TorrentInfo,
  trackers: Tiers = [],
): Promise<Tiers> {
  const path = library.torrentPath(info.name);
  if (await library.layer.stat(path) === undefined) {
    await library.layer.makeFolder(library.chunks);
    await writeFileAtomic(library.layer, path, encodeTorrent({ info, trackers }));
    return trackers;
  }
  const kept = await library.readTorrent(info.name);
  const { infoHash } = kept.info;
  if (infoHash !== info.infoHash) {
    throw new CliError(
      EXIT.fileExists,
      `Cannot fetch chunk files of ${printable(info.name)}: ${path} is that of another torrent ` +
        `(${infoHash}); move it and its chunk files away, or choose another folder with --library`,
    );
  }
  if (trackers.length === 0) return kept.trackers;
  if (kept.trackers.length === 0) {
    await writeFileAtomic(library.layer, path, encodeTorrent({ ...kept, trackers }));
  }
  return trackers;
}

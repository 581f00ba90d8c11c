import { type Encodable, encode } from "../bencode/mod.ts";
import { checkInfo, hashInfo, type InfoFields } from "./check_info.ts";
import { MAX_TORRENT_BYTES } from "./limits.ts";
import type { TorrentInfo } from "./torrent.ts";
import { refuseBadTorrent, TorrentError } from "./torrent_error.ts";

/** What {@linkcode createInfo} is told. */
export type CreateInfoOptions = Omit<InfoFields, "privacy"> & {
  /** Public unless told otherwise. */
  readonly privacy?: TorrentInfo["privacy"];
};

/**
 * Makes the info dictionary of data that was hashed (BEP 3). The files stay in the given order,
 * which is the order of their data; equal fields give an equal info-hash, the same as that of other
 * programs.
 *
 * @throws {TorrentError} if the fields are not those of a torrent that `parseInfo` would accept
 */
export function createInfo(options: CreateInfoOptions): Promise<TorrentInfo> {
  const action = "Cannot create torrent";
  return refuseBadTorrent(action, async () => {
    const info = checkInfo({ privacy: "public", ...options });
    const rawInfo = encode({
      name: info.name,
      ...contentOf(info),
      "piece length": info.pieceLength,
      pieces: info.pieceHashes,
      private: info.privacy === "private" ? 1 : undefined,
    });
    if (rawInfo.length > MAX_TORRENT_BYTES) {
      throw new TorrentError(
        action,
        `it takes ${rawInfo.length} bytes, longer pieces or fewer files must make at most ${MAX_TORRENT_BYTES}`,
      );
    }
    return { ...info, rawInfo, infoHash: await hashInfo(rawInfo) };
  });
}

function contentOf({ shape, files }: InfoFields): Record<string, Encodable | undefined> {
  if (shape === "file") return { length: files[0]?.length };
  return {
    files: files.map(({ path, length, role }) => ({
      attr: role === "padding" ? "p" : undefined,
      length,
      path,
    })),
  };
}

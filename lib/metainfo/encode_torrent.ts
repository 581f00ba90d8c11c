import { concatBytes } from "../bytes/mod.ts";
import { encode } from "../bencode/mod.ts";
import { MAX_TORRENT_BYTES } from "./limits.ts";
import type { Torrent, TorrentInfo } from "./torrent.ts";
import { TorrentError } from "./torrent_error.ts";

/** What {@linkcode encodeTorrent} writes. */
export interface EncodeTorrentOptions extends Partial<Omit<Torrent, "info">> {
  /** The info dictionary; its bytes are written as they are, so that the info-hash stays. */
  readonly info: TorrentInfo | Uint8Array;
}

const ascii = new TextEncoder();

/**
 * Writes a torrent file (BEP 3; BEP 12 if there are several trackers; BEP 19), which `parseTorrent` reads.
 *
 * @throws {TorrentError} if the file would be longer than torrent files may be
 */
export function encodeTorrent(options: EncodeTorrentOptions): Uint8Array<ArrayBuffer> {
  const tiers = (options.trackers ?? []).filter((tier) => tier.length > 0);
  const rest = encode({
    announce: tiers[0]?.[0],
    "announce-list": tiers.flat().length > 1 ? tiers : undefined,
    comment: options.comment,
    "created by": options.createdBy,
    "creation date": options.creationDate,
  });
  const webSeeds = options.webSeeds ?? [];
  const behind = encode({ "url-list": webSeeds.length > 0 ? webSeeds : undefined });
  const rawInfo = options.info instanceof Uint8Array ? options.info : options.info.rawInfo;
  // The keys sort so: those above, "info", "url-list".
  const bytes = concatBytes([
    rest.subarray(0, -1),
    ascii.encode("4:info"),
    rawInfo,
    behind.subarray(1),
  ]);
  if (bytes.length > MAX_TORRENT_BYTES) {
    throw new TorrentError(
      "Cannot write torrent",
      `it takes ${bytes.length} bytes, at most ${MAX_TORRENT_BYTES} are read`,
    );
  }
  return bytes;
}

import {
  type BencodeDictionary,
  type BencodeValue,
  decode,
  type DecodeOptions,
  decodeWithRaw,
} from "../bencode/mod.ts";
import { MAX_TORRENT_BYTES } from "./limits.ts";
import { readInfo } from "./read_info.ts";
import type { Torrent, TorrentInfo } from "./torrent.ts";
import { refuseBadTorrent, TorrentError } from "./torrent_error.ts";

const DECODE_OPTIONS: DecodeOptions = { mode: "tolerant", maxLength: MAX_TORRENT_BYTES };

const utf8 = new TextDecoder();

/**
 * Reads a torrent file (BEP 3, BEP 12, BEP 19). Its info dictionary is checked as `parseInfo` does, and the
 * info-hash is that of its bytes as they stand in the file. Of the rest, which nothing vouches for,
 * what makes no sense is taken as absent. Dictionaries may have their keys in any order.
 *
 * `source` names the file in errors. The bytes are copied and may change afterwards.
 *
 * @example
 * ```ts
 * import { createInfo, encodeTorrent, parseTorrent } from "./mod.ts";
 *
 * const made = await createInfo({
 *   name: "empty.txt",
 *   shape: "file",
 *   files: [{ path: [], length: 0 }],
 *   pieceLength: 16384,
 *   pieceHashes: new Uint8Array(0),
 * });
 * const { info } = await parseTorrent(encodeTorrent({ info: made }), "empty.txt.torrent");
 * if (info.infoHash !== made.infoHash) throw new Error("another torrent");
 * ```
 *
 * @throws {TorrentError} if the torrent cannot be used
 */
export function parseTorrent(bytes: Uint8Array, source = "torrent"): Promise<Torrent> {
  const action = `Cannot read ${source}`;
  return refuseBadTorrent(action, async () => {
    const { value: top, raw } = decodeWithRaw(copyOf(bytes), "info", DECODE_OPTIONS);
    const info = top.get("info");
    if (info === undefined || raw === undefined) {
      throw new TorrentError(action, "it has no info dictionary");
    }
    return {
      info: await readInfo(info, raw, action),
      trackers: readTrackers(top),
      webSeeds: readWebSeeds(top),
      ...readRemarks(top),
    };
  });
}

/**
 * Reads an info dictionary alone, such as peers send it (BEP 9), and checks all of it: paths,
 * lengths, the number of piece hashes. Unknown keys are left alone; the info-hash covers them too.
 * Of a hybrid torrent (BEP 52) the v1 part is read.
 *
 * `source` names it in errors. The bytes are copied and may change afterwards.
 *
 * @throws {TorrentError} if the torrent cannot be used
 */
export function parseInfo(rawInfo: Uint8Array, source = "info dictionary"): Promise<TorrentInfo> {
  const action = `Cannot read ${source}`;
  return refuseBadTorrent(action, () => {
    const copy = copyOf(rawInfo);
    return readInfo(decode(copy, DECODE_OPTIONS), copy, action);
  });
}

/** A copy, or so much of it as is refused for its length. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, MAX_TORRENT_BYTES + 1);
}

/** The tiers of `announce-list` or else the tracker of `announce`, which BEP 12 ranks below it. */
function readTrackers(top: BencodeDictionary): string[][] {
  const tiers = itemsOf(top.get("announce-list")).map((tier) => itemsOf(tier).flatMap(textOf));
  const usable = tiers.filter((tier) => tier.length > 0);
  if (usable.length > 0) return usable;
  const announce = textOf(top.get("announce"));
  return announce.length > 0 ? [announce] : [];
}

/** The `url-list` of BEP 19, which may be one text. */
function readWebSeeds(top: BencodeDictionary): string[] {
  const list = top.get("url-list");
  return Array.isArray(list) ? list.flatMap(textOf) : textOf(list);
}

function readRemarks(top: BencodeDictionary): Omit<Torrent, "info" | "trackers" | "webSeeds"> {
  const [comment] = textOf(top.get("comment.utf-8") ?? top.get("comment"));
  const [createdBy] = textOf(top.get("created by"));
  const creationDate = top.get("creation date");
  return {
    ...(comment !== undefined && { comment }),
    ...(createdBy !== undefined && { createdBy }),
    ...(isTime(creationDate) && { creationDate }),
  };
}

/** Whether a value is a time that there is, in seconds since 1970. */
function isTime(value: BencodeValue | undefined): value is number {
  return typeof value === "number" && Number.isFinite(new Date(value * 1_000).getTime());
}

function itemsOf(value: BencodeValue | undefined): BencodeValue[] {
  return Array.isArray(value) ? value : [];
}

/** The one text that a byte string is, or none. */
function textOf(value: BencodeValue | undefined): string[] {
  return value instanceof Uint8Array && value.length > 0 ? [utf8.decode(value)] : [];
}

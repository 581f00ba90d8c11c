import { type BencodeValue, DictionaryReader } from "../bencode/mod.ts";
import { checkInfo, hashInfo, type InfoFields } from "./check_info.ts";
import { quoteText } from "../bytes/mod.ts";
import type { TorrentInfo } from "./torrent.ts";
import { TorrentError } from "./torrent_error.ts";

/** Reads a decoded info dictionary and checks all of it; `rawInfo` are its bytes. */
export async function readInfo(
  value: BencodeValue,
  rawInfo: Uint8Array,
  action: string,
): Promise<TorrentInfo> {
  const info = checkInfo(readFields(value, action));
  return { ...info, rawInfo, infoHash: await hashInfo(rawInfo) };
}

function readFields(value: BencodeValue, action: string): InfoFields {
  const info = new DictionaryReader(value, "info");
  if (!info.has("pieces") && (info.has("meta version") || info.has("file tree"))) {
    throw new TorrentError(action, "it is BitTorrent v2 only, a v1 or hybrid torrent is needed");
  }
  if (info.has("files") && info.has("length")) {
    throw new TorrentError(action, "it has both files and length, must have one of them");
  }
  return {
    name: info.text(info.has("name.utf-8") ? "name.utf-8" : "name"),
    ...readFiles(info, action),
    pieceLength: info.integer("piece length"),
    pieceHashes: info.bytes("pieces"),
    privacy: info.optionalInteger("private") ? "private" : "public",
  };
}

function readFiles(info: DictionaryReader, action: string): Pick<InfoFields, "shape" | "files"> {
  if (!info.has("files")) {
    return { shape: "file", files: [{ path: [], length: info.integer("length", { min: 0 }) }] };
  }
  const files = info.dictionaries("files").map((file) => {
    const path = file.texts(file.has("path.utf-8") ? "path.utf-8" : "path");
    const attributes = file.optionalText("attr") ?? "";
    if (attributes.includes("l")) {
      throw new TorrentError(action, `${quoteText(path.join("/"))} is a link, links are not made`);
    }
    const length = file.integer("length", { min: 0 });
    return attributes.includes("p") ? { path, length, role: "padding" as const } : { path, length };
  });
  return { shape: "folder", files };
}

import { type Encodable, encode } from "../../lib/bencode/mod.ts";

/** The members of a dictionary, of which `undefined` takes one away. */
export type Members = Record<string, Encodable | undefined>;

const HASH = new Uint8Array(20).fill(0xab);

/** The info dictionary of a good torrent of one file and one piece, but for `changes`. */
export function infoWith(changes: Members): Members {
  return { name: "mv1.mp4", length: 16000, "piece length": 16384, pieces: HASH, ...changes };
}

/** The info dictionary of a good torrent of a folder, with these files of 1 byte, but for `changes`. */
export function folderWith(paths: readonly (readonly string[])[], changes: Members = {}): Members {
  const files = paths.map((path) => ({ path, length: 1 }));
  return { name: "folder", "piece length": 16384, pieces: HASH, files, ...changes };
}

/** A torrent file with this info dictionary and other members. */
export function torrentOf(info: Members, others: Members = {}): Uint8Array<ArrayBuffer> {
  return encode({ info, ...others });
}

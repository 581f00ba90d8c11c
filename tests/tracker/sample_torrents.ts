import {
  type InfoHash,
  infoHashFromBytes,
  type PeerId,
  peerIdFromBytes,
} from "../../lib/bytes/mod.ts";
import { createInfo, type TorrentInfo } from "../../lib/metainfo/mod.ts";
import type { TorrentShape } from "../../lib/tracker/mod.ts";

/** The length of the pieces of all samples, in bytes. */
export const PIECE_LENGTH = 16_384;

/** The info of a torrent of one file and a number of whole pieces; the data exists nowhere. */
export function sampleInfo(name: string, pieces: number): Promise<TorrentInfo> {
  return createInfo({
    name,
    shape: "file",
    files: [{ path: [], length: pieces * PIECE_LENGTH }],
    pieceLength: PIECE_LENGTH,
    pieceHashes: new Uint8Array(pieces * 20).fill(7),
  });
}

/** The shape of a torrent of a number of whole pieces. */
export function sampleShape(name: string, pieces: number): TorrentShape {
  return { name, length: pieces * PIECE_LENGTH, pieceLength: PIECE_LENGTH };
}

/** An info-hash that stands for no torrent. */
export function sampleHash(number: number): InfoHash {
  return infoHashFromBytes(numbered(number));
}

/** A peer id. */
export function samplePeerId(number: number): PeerId {
  return peerIdFromBytes(numbered(number));
}

function numbered(number: number): Uint8Array {
  const bytes = new Uint8Array(20);
  new DataView(bytes.buffer).setUint32(16, number);
  return bytes;
}

/** A torrent file that another program made, and what it holds. */
export interface TorrentVector {
  readonly madeBy: string;
  /** As libtorrent says, and for all but the hybrid torrent also transmission-show 3.00. */
  readonly infoHash: string;
  readonly name: string;
  readonly shape: "file" | "folder";
  readonly pieceLength: number;
  readonly privacy: "public" | "private";
  /** Path with slashes (empty for the file of a torrent of one), length, role. */
  readonly files: readonly (readonly [path: string, length: number, role?: "padding"])[];
  readonly trackers: readonly (readonly string[])[];
  readonly comment?: string;
  readonly createdBy?: string;
  readonly torrent: Uint8Array;
}

/** What was in a file of this length when its torrent was made. */
export function contentOf(length: number, role?: "padding"): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(length);
  for (let at = 0; role === undefined && at < length; at++) {
    content[at] = at * 7 + (at >> 8) * 13 + (at >> 16) * 17 + length;
  }
  return content;
}

/** The bytes that stand as base 64 in a module of vectors. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

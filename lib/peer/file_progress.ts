import type { Bitfield } from "../bytes/mod.ts";
import type { TorrentInfo } from "../metainfo/mod.ts";

/** The bytes of each file, in the order of the torrent, that lie in pieces that are held. */
export function heldBytesOfFiles(
  { files, layout }: Pick<TorrentInfo, "files" | "layout">,
  held: Bitfield,
): number[] {
  const { pieceLength } = layout;
  return files.map(({ offset, length }) => {
    const end = offset + length;
    let bytes = 0;
    for (let index = Math.floor(offset / pieceLength); index * pieceLength < end; index++) {
      if (!held.has(index)) continue;
      const start = index * pieceLength;
      bytes += Math.min(end, start + pieceLength) - Math.max(offset, start);
    }
    return bytes;
  });
}

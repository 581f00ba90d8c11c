import { createInfo, type TorrentInfo } from "../../lib/metainfo/mod.ts";

/** A torrent of a folder whose files have these paths and 20,000 bytes each, with hashes of nothing. */
export function folderInfo(
  name: string,
  paths: readonly (readonly string[])[],
): Promise<TorrentInfo> {
  const length = 20_000;
  const count = Math.ceil(paths.length * length / 16_384);
  return createInfo({
    name,
    shape: "folder",
    files: paths.map((path) => ({ path, length })),
    pieceLength: 16_384,
    pieceHashes: new Uint8Array(count * 20),
  });
}

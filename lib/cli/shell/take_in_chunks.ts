import { basename } from "../../paths/mod.ts";
import type { Torrent } from "../../peer/mod.ts";
import type { FileLayer, Library } from "../../storage/mod.ts";

/**
 * Takes in the chunk files of a torrent that somebody has put into `Chunks/`, as if they had been
 * fetched. Those that are not right are left alone.
 */
export async function takeInChunks(
  library: Library,
  torrent: Pick<Torrent, "store" | "supply">,
  signal: AbortSignal,
): Promise<void> {
  const { layer, chunks } = library;
  const { info, held } = torrent.store;
  if (held.isFull || await layer.stat(chunks) === undefined) return;
  const files = new Set((await layer.list(chunks)).map(({ name }) => name));
  for (const index of info.layout.pieceIndices()) {
    signal.throwIfAborted();
    const path = library.partPath(info.name, index);
    if (held.has(index) || !files.has(basename(path))) continue;
    const data = await readExactFile(layer, path, info.layout.pieceSize(index));
    if (data !== undefined) await torrent.supply(index, data);
  }
}

/** The bytes of a file if it has just so many. */
async function readExactFile(
  layer: FileLayer,
  path: string,
  size: number,
): Promise<Uint8Array | undefined> {
  const stat = await layer.stat(path);
  if (stat?.kind !== "file" || stat.size !== size) return undefined;
  const file = await layer.open(path, "read");
  try {
    const data = new Uint8Array(size);
    return await file.readAt(data, 0) === size ? data : undefined;
  } finally {
    file.close();
  }
}

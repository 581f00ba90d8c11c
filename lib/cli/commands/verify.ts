import { basename, dirname, join } from "../../paths/mod.ts";
import { openLibrary, verifyData } from "../../storage/mod.ts";
import type { Context } from "../command.ts";
import { drawChunkMap } from "../chunk_map.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { readTorrentFile } from "../find_torrent.ts";
import { hashProgress } from "../hash_progress.ts";
import { printable } from "../printable.ts";

/** Chunks that are listed by number at most. */
const MAX_LISTED = 20;

/** Checks existing data against a torrent file. */
export async function run({ args, output, interrupted }: Context): Promise<ExitCode> {
  const [torrentPath = "", folder] = args.operands;
  const library = await openLibrary(args.text("library") ?? ".");
  const { info } = await readTorrentFile(torrentPath);
  const path = folder === undefined
    ? library.originalPath(info.name)
    : basename(folder) === info.name
    ? folder
    : join(folder, info.name);
  const held = await verifyData(info, path, {
    signal: interrupted,
    onProgress: hashProgress(output, info.name),
  });
  const bad: number[] = [];
  for (const index of info.layout.pieceIndices()) if (!held.has(index)) bad.push(index);
  const { name, infoHash } = info;
  const partial = folder === undefined ? library.partialPath(name) : `${path}.partial`;
  const out = folder === undefined ? "" : ` --out ${dirname(path)}`;
  output.result(
    { type: "verified", name, infoHash, path, chunks: held.count, chunkCount: held.length, bad },
    held.isFull ? `${path} is whole: ${held.length} of ${held.length} chunks are right` : [
      `${path} is not whole: ${held.count} of ${held.length} chunks are right`,
      `  ${drawChunkMap(held, 60)}`,
      `  wrong or missing: ${listChunks(bad)}`,
      `  rename it to ${partial}, and "sluice get ${printable(torrentPath)}${out}" fetches those`,
    ].join("\n"),
  );
  return held.isFull ? EXIT.done : EXIT.hashCheckFailed;
}

function listChunks(indices: readonly number[]): string {
  const numbers = indices.slice(0, MAX_LISTED).map((index) => index + 1).join(", ");
  const rest = indices.length - MAX_LISTED;
  return rest > 0 ? `${numbers} and ${rest} more` : numbers;
}

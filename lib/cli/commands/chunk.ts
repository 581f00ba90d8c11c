import { cutIntoChunks, openLibrary } from "../../storage/mod.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { hashProgress } from "../hash_progress.ts";
import { choosePieceLength } from "../piece_length.ts";
import { printable } from "../printable.ts";
import { formatBytes } from "../units.ts";

/** Cuts files into chunk files with their torrent file. */
export async function run({ args, output, interrupted }: Context): Promise<ExitCode> {
  const library = await openLibrary(args.text("library") ?? ".");
  const pieceLength = choosePieceLength(args);
  for (const path of args.operands) {
    const { info, torrentPath, partPaths } = await cutIntoChunks({
      library,
      path,
      signal: interrupted,
      onProgress: hashProgress(output, path),
      ...(pieceLength !== undefined && { pieceLength }),
    });
    const { name, infoHash, layout } = info;
    output.result(
      { type: "chunked", name, infoHash, torrent: torrentPath, chunks: partPaths.length },
      `${printable(name)}: ${partPaths.length} chunks of ${formatBytes(layout.pieceLength)} ` +
        `and ${torrentPath}`,
    );
  }
  return EXIT.done;
}

import { type PeerNode, shareData, type Torrent } from "../../peer/mod.ts";
import { type Library, openChunkStore, openLibrary, StorageError } from "../../storage/mod.ts";
import { openCliNode } from "../cli_node.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { hashProgress } from "../hash_progress.ts";
import { choosePieceLength } from "../piece_length.ts";
import { reportSeeding, serveUntilStopped } from "../seeding.ts";

/** Shares files and folders until it is interrupted. */
export async function run(context: Context): Promise<ExitCode> {
  const { args, interrupted } = context;
  const library = await openLibrary(args.text("library") ?? ".");
  await using session = openCliNode(context);
  for (const path of args.operands) {
    const torrent = await open(context, session.node, library, path);
    await reportSeeding(context, session, torrent);
    if (interrupted.aborted) break;
  }
  await serveUntilStopped(context, session);
  return EXIT.done;
}

async function open(
  context: Context,
  node: PeerNode,
  library: Library,
  path: string,
): Promise<Torrent> {
  const { args, output, interrupted } = context;
  const pieceLength = choosePieceLength(args);
  try {
    return await shareData(node, {
      path: await library.resolveOriginal(path),
      signal: interrupted,
      onProgress: hashProgress(output, path),
      ...(pieceLength !== undefined && { pieceLength }),
    });
  } catch (error) {
    const isMissing = error instanceof StorageError && error.code === "ENOENT";
    const isCut = isMissing && await hasTorrent(library, path);
    if (!isCut) throw error;
  }
  const { info } = await library.readTorrent(path);
  return node.add(await openChunkStore({ library, info }), { intent: "serve" });
}

async function hasTorrent(library: Library, name: string): Promise<boolean> {
  return await library.layer.stat(library.torrentPath(name)) !== undefined;
}

import { basename } from "../../paths/mod.ts";
import { shareData } from "../../peer/mod.ts";
import { type Library, openChunkStore, openLibrary, StorageError } from "../../storage/mod.ts";
import { type CliNode, openCliNode } from "../cli_node.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { hashProgress } from "../hash_progress.ts";
import { openUi } from "../peer_page/open_ui.ts";
import { choosePieceLength } from "../piece_length.ts";
import { reportSeeding, serveUntilStopped } from "../seeding.ts";

/** Data that is there to be shared. */
type Source =
  | { readonly by: "path"; readonly path: string }
  | { readonly by: "chunks"; readonly name: string };

/** Shares files and folders until it is interrupted. */
export async function run(context: Context): Promise<ExitCode> {
  const { args, interrupted } = context;
  const library = await openLibrary(args.text("library") ?? ".");
  const pieceLength = choosePieceLength(args);
  const sources: Source[] = [];
  for (const what of new Set(args.operands)) sources.push(await findSource(library, what));
  await using session = openCliNode(context, "told");
  await using _page = await openUi(context, session.node);
  for (const source of sources) {
    if (source.by === "chunks") {
      await shareChunks(context, session, { library, name: source.name });
    } else {
      const torrent = await shareData(session.node, {
        path: source.path,
        signal: interrupted,
        onProgress: hashProgress(context.output, source.path),
        ...(pieceLength !== undefined && { pieceLength }),
      });
      await reportSeeding(context, session, torrent);
    }
    if (interrupted.aborted) break;
  }
  await serveUntilStopped(context, session);
  return EXIT.done;
}

/** Finds a file or folder, or the torrent file of a name that lies there only as chunk files. */
async function findSource(library: Library, what: string): Promise<Source> {
  try {
    return { by: "path", path: await library.resolveOriginal(what) };
  } catch (error) {
    const isMissing = error instanceof StorageError && error.code === "ENOENT";
    if (isMissing && basename(what) === what && await hasTorrent(library, what)) {
      return { by: "chunks", name: what };
    }
    throw error;
  }
}

async function hasTorrent(library: Library, name: string): Promise<boolean> {
  return await library.layer.stat(library.torrentPath(name)) !== undefined;
}

/** Shares chunk files as their torrent file says, which may name trackers of its own. */
async function shareChunks(
  context: Context,
  session: CliNode,
  { library, name }: { readonly library: Library; readonly name: string },
): Promise<void> {
  const { info, trackers } = await library.readTorrent(name);
  const store = await openChunkStore({ library, info, intent: "serve" });
  const ways = session.discoveriesOf(info, trackers);
  const torrent = session.node.add(store, { intent: "serve", ...ways });
  session.announce(torrent, trackers);
  await reportSeeding(context, session, torrent, trackers);
}

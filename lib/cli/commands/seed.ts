import { basename, join } from "../../paths/mod.ts";
import type { TorrentInfo } from "../../metainfo/mod.ts";
import {
  type Library,
  openChunkStore,
  openLibrary,
  openSeedStore,
  type PieceStore,
} from "../../storage/mod.ts";
import { announceTiers } from "../../tracker/client/mod.ts";
import { CliError } from "../cli_error.ts";
import { openCliNode } from "../cli_node.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { readTorrentFile } from "../find_torrent.ts";
import { hashProgress } from "../hash_progress.ts";
import { openUi } from "../peer_page/open_ui.ts";
import { printable } from "../printable.ts";
import { reportSeeding, serveUntilStopped } from "../seeding.ts";

/** Serves existing data of an existing torrent until it is interrupted. */
export async function run(context: Context): Promise<ExitCode> {
  const { args } = context;
  const [torrentPath = "", folder] = args.operands;
  const library = await openLibrary(args.text("library") ?? ".");
  const { info, trackers } = await readTorrentFile(torrentPath);
  const store = await openData(context, library, info, folder);
  await using session = openCliNode(
    context,
    announceTiers(trackers).length === 0 ? "told" : "detail",
  );
  await using _page = await openUi(context, session.node);
  const torrent = session.node.add(store, {
    intent: "serve",
    ...session.discoveriesOf(info, trackers),
  });
  session.announce(torrent, trackers);
  await reportSeeding(context, session, torrent, trackers);
  await serveUntilStopped(context, session);
  return EXIT.done;
}

/** Opens the data where it is: in the folder that was named, in Original_Files, or as chunk files. */
async function openData(
  { output, interrupted }: Context,
  library: Library,
  info: TorrentInfo,
  folder: string | undefined,
): Promise<PieceStore> {
  const work = { signal: interrupted, onProgress: hashProgress(output, info.name) };
  const path = await findData(library, info, folder);
  const store = path === undefined
    ? await openChunkStore({ library, info, intent: "serve", ...work })
    : await openSeedStore({ info, path, ...work });
  if (!store.held.isEmpty || info.layout.pieceCount === 0) return store;
  await store.close();
  const place = path ?? library.partPath(info.name, 0);
  throw new CliError(
    EXIT.hashCheckFailed,
    `Cannot serve ${printable(info.name)}: ${place} does not hold a single chunk of it; ` +
      `name the folder that does`,
  );
}

async function findData(
  library: Library,
  info: TorrentInfo,
  folder: string | undefined,
): Promise<string | undefined> {
  const places = folder === undefined
    ? [library.originalPath(info.name)]
    : [join(folder, info.name), ...(basename(folder) === info.name ? [folder] : [])];
  for (const path of places) if (await library.layer.stat(path) !== undefined) return path;
  if (folder === undefined) return undefined;
  throw new CliError(
    EXIT.error,
    `Cannot serve ${printable(info.name)}: there is no ${places[0]}; name the folder it is in`,
  );
}

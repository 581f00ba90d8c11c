import type { InfoHash } from "../../bytes/mod.ts";
import type { TorrentInfo } from "../../metainfo/mod.ts";
import { systemClock } from "../../net/mod.ts";
import { fetchTorrent, type Torrent } from "../../peer/mod.ts";
import { type Library, openChunkStore, openLibrary } from "../../storage/mod.ts";
import { CliError, UsageError } from "../cli_error.ts";
import { type CliNode, openCliNode } from "../cli_node.ts";
import type { Context } from "../command.ts";
import { describeError, exitCodeOf } from "../describe_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { findTorrent, type FoundTorrent, parseWanted } from "../find_torrent.ts";
import { hashProgress } from "../hash_progress.ts";
import { untilAborted } from "../interrupt.ts";
import { keepTorrent } from "../keep_torrent.ts";
import { printable } from "../printable.ts";
import { showProgress } from "../progress.ts";
import { logPeers } from "../seeding.ts";
import { formatBytes, formatDuration, formatRate } from "../units.ts";
import { waitForCompletion } from "../wait_for_completion.ts";

/** How long a download may stand still, in milliseconds, unless the command line says otherwise. */
const STALL_TIMEOUT_MS = 120_000;

/** Fetches torrents until all of them are whole. */
export async function run(context: Context): Promise<ExitCode> {
  const { args, output, interrupted } = context;
  if (args.has("chunks") && args.text("out") !== undefined) {
    throw new UsageError("Cannot use --chunks with --out: chunk files lie in Chunks");
  }
  const wanted = args.operands.map(parseWanted);
  const library = await openLibrary(args.text("library") ?? ".");
  const timeoutMs = args.durationMs("timeout") ?? STALL_TIMEOUT_MS;
  await using session = openCliNode(context, "detail");
  const seen = new Set<InfoHash>();
  const codes = await Promise.all(wanted.map(async (what) => {
    try {
      const found = await findTorrent(what, {
        session,
        peers: args.addresses("peer"),
        timeoutMs: timeoutMs === 0 ? Infinity : timeoutMs,
        signal: interrupted,
      });
      if (seen.has(found.info.infoHash)) return EXIT.done;
      seen.add(found.info.infoHash);
      return await fetchOne(context, session, library, found);
    } catch (error) {
      if (args.operands.length === 1) throw error;
      const message = describeError(error);
      output.error({ type: "error", code: exitCodeOf(error), message }, `sluice: ${message}`);
      return exitCodeOf(error);
    }
  }));
  const failure = codes.find((code) => code !== EXIT.done);
  if (args.has("stay") && failure === undefined && !interrupted.aborted) {
    output.note(
      { type: "serving", port: session.node.address.port },
      `Serving at port ${session.node.address.port}; Ctrl-C stops`,
    );
    await untilAborted(interrupted);
  }
  return failure ?? EXIT.done;
}

async function fetchOne(
  context: Context,
  session: CliNode,
  library: Library,
  { info, hints: { peers, tiers, webSeeds } }: FoundTorrent,
): Promise<ExitCode> {
  const { args, output, interrupted } = context;
  const startMs = systemClock.now();
  const torrent = await openTorrent(context, session, library, info);
  session.announce(torrent, tiers);
  torrent.addPeers([...peers, ...args.addresses("peer")]);
  torrent.addWebSeeds(webSeeds);
  void logPeers(torrent.watch(), output, webSeeds.length > 0 ? "web seeds" : "nothing");
  let path: string | undefined;
  {
    using _progress = showProgress(output, () => torrent.status);
    path = await waitForCompletion(torrent, {
      timeoutMs: args.durationMs("timeout") ?? STALL_TIMEOUT_MS,
      interrupted,
    });
  }
  const { name, infoHash } = info;
  const { heldBytes, length, downloaded, uploaded } = torrent.status;
  if (path === undefined) {
    const percent = Math.floor(heldBytes * 100 / length);
    throw new CliError(
      EXIT.interrupted,
      `Interrupted at ${percent}% of ${printable(name)}; what is there is kept, ` +
        "the same command goes on with it",
    );
  }
  const seconds = (systemClock.now() - startMs) / 1000;
  output.result(
    {
      type: "done",
      name,
      infoHash,
      path,
      bytes: length,
      downloaded,
      uploaded,
      seconds: Number(seconds.toFixed(3)),
    },
    downloaded === 0
      ? `${path} (${formatBytes(length)}, was here already)`
      : `${path} (${formatBytes(length)} in ${formatDuration(seconds)}, ${
        formatRate(downloaded / seconds)
      })`,
  );
  return EXIT.done;
}

async function openTorrent(
  { args, output, interrupted }: Context,
  { node }: CliNode,
  library: Library,
  info: TorrentInfo,
): Promise<Torrent> {
  const work = { info, signal: interrupted, onProgress: hashProgress(output, info.name) };
  const folder = args.text("out");
  if (!args.has("chunks")) {
    return await fetchTorrent(
      node,
      folder === undefined ? { ...work, library } : { ...work, folder },
    );
  }
  await keepTorrent(library, info);
  return node.add(await openChunkStore({ ...work, library }));
}

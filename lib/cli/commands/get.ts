import type { InfoHash } from "../../bytes/mod.ts";
import type { TorrentInfo } from "../../metainfo/mod.ts";
import { systemClock } from "../../net/mod.ts";
import { fetchTorrent, type Torrent, webSeedName } from "../../peer/mod.ts";
import { type Library, openChunkStore, openLibrary } from "../../storage/mod.ts";
import { namedPeers } from "../address_lists.ts";
import type { Tiers } from "../announcing.ts";
import { CliError, UsageError } from "../cli_error.ts";
import { chooseFiles } from "../choose_files.ts";
import { type CliNode, openCliNode } from "../cli_node.ts";
import type { Context } from "../command.ts";
import { describeError, exitCodeOf } from "../describe_error.ts";
import { tellDisk } from "../disk_news.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import {
  type FindOptions,
  findTorrent,
  type FoundTorrent,
  type Hints,
  parseWanted,
  type Wanted,
} from "../find_torrent.ts";
import { hashProgress } from "../hash_progress.ts";
import { untilAborted } from "../interrupt.ts";
import { keepTorrent } from "../keep_torrent.ts";
import { openUi } from "../peer_page/open_ui.ts";
import { printable } from "../printable.ts";
import { logPeers, tellServing } from "../seeding.ts";
import { isPrivateSwarm } from "../swarm_key.ts";
import { Transfers } from "../transfers.ts";
import { formatBytes, formatDuration, formatRate } from "../units.ts";
import { waitForCompletion } from "../wait_for_completion.ts";

/** How long a torrent may be looked for before that is told, in milliseconds. */
const LOOKING_NOTE_MS = 3_000;

/** How long a download may stand still, in milliseconds, unless the command line says otherwise. */
const STALL_TIMEOUT_MS = 120_000;

/** Fetches torrents until all of them are whole. */
export async function run(context: Context): Promise<ExitCode> {
  const { args, output, interrupted } = context;
  if (args.has("chunks") && args.text("out") !== undefined) {
    throw new UsageError("Cannot use --chunks with --out: chunk files lie in Chunks");
  }
  if (args.has("chunks") && args.all("select").length > 0) {
    throw new UsageError("Cannot use --chunks with --select: chunk files are those of all files");
  }
  const wanted = args.operands.map(parseWanted);
  namedPeers(context); // those who are not let in are refused before anything begins
  const library = await openLibrary(args.text("library") ?? ".");
  await using session = openCliNode(context, "detail");
  using transfers = await Transfers.open(output);
  const work = { session, library, transfers };
  await using _page = await openUi(context, session.node);
  const seen = new Set<InfoHash>();
  const codes = await Promise.all(wanted.map(async (what) => {
    try {
      if (what.by === "hash" && seen.has(what.infoHash)) return EXIT.done;
      if (what.by === "hash") seen.add(what.infoHash);
      const found = await find(what, context, session);
      if (what.by !== "hash" && seen.has(found.info.infoHash)) return EXIT.done;
      seen.add(found.info.infoHash);
      return await fetchOne(context, work, found);
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
    using _telling = tellServing(transfers, session, [...session.node.torrents.values()]);
    await untilAborted(interrupted);
  } else if (!interrupted.aborted) await session.settle();
  return failure ?? EXIT.done;
}

/** What all downloads have in common. */
interface Work {
  readonly session: CliNode;
  readonly library: Library;
  readonly transfers: Transfers;
}

async function fetchOne(
  context: Context,
  { session, library, transfers }: Work,
  { info, hints }: FoundTorrent,
): Promise<ExitCode> {
  const { args, output, interrupted } = context;
  const startMs = systemClock.now();
  const { peers } = hints;
  const webSeeds = webSeedsOf(info, hints, context);
  const select = chooseFiles(info, hints, args);
  if (args.has("chunks") && select !== undefined) {
    throw new UsageError(
      "Cannot use --chunks with a link to some files: chunk files are of all files",
    );
  }
  const named = namedPeers(context);
  const isPrivate = info.privacy === "private";
  if (isPrivate && named.length > 0) {
    throw new UsageError(
      `Cannot use --peer: ${printable(info.name)} is private, ` +
        "its peers come from its trackers alone (BEP 27)",
    );
  }
  const tiers = args.has("chunks") ? await keepTorrent(library, info, hints.tiers) : hints.tiers;
  const torrent = await openTorrent(context, session, { library, info, select, tiers });
  session.announce(torrent, tiers);
  if (!isPrivate) torrent.addPeers([...peers, ...named]);
  torrent.addWebSeeds(webSeeds);
  void logPeers(torrent.watch(), output, webSeeds.length > 0 ? "web seeds" : "nothing");
  void tellDisk(torrent, output);
  let path: string | undefined;
  {
    using _progress = transfers.tell({ task: "fetch", status: () => torrent.status });
    path = await waitForCompletion(torrent, {
      timeoutMs: args.durationMs("timeout") ?? STALL_TIMEOUT_MS,
      interrupted,
    });
    if (path !== undefined && args.operands.length > 1) {
      transfers.tell({ task: "serve", status: () => torrent.status });
    }
  }
  const { name, infoHash } = info;
  const { heldBytes, downloaded, uploaded } = torrent.status;
  if (path === undefined) {
    const percent = Math.floor(heldBytes * 100 / torrent.status.length);
    throw new CliError(
      EXIT.interrupted,
      `Interrupted at ${percent}% of ${printable(name)}; what is there is kept, ` +
        "the same command goes on with it",
    );
  }
  const length = lengthOf(info, select);
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

/** The web servers that are asked: none of a private swarm, in which they are not; that is told. */
function webSeedsOf(
  { name }: TorrentInfo,
  { webSeeds }: Hints,
  { args, output }: Context,
): readonly string[] {
  if (webSeeds.length === 0 || !isPrivateSwarm({ args })) return webSeeds;
  output.note(
    { type: "web-seeds-off", name, urls: webSeeds.map(webSeedName) },
    `The web servers of ${printable(name)} are not asked: they are not in the private swarm`,
  );
  return [];
}

/** Finds a torrent; if it is looked for by its hash alone and that takes long, it is told. */
async function find(what: Wanted, context: Context, session: CliNode): Promise<FoundTorrent> {
  const { args, output, interrupted } = context;
  const timeoutMs = args.durationMs("timeout") ?? STALL_TIMEOUT_MS;
  const options: FindOptions = {
    session,
    peers: namedPeers(context),
    timeoutMs: timeoutMs === 0 ? Infinity : timeoutMs,
    signal: interrupted,
  };
  if (what.by !== "hash") return await findTorrent(what, options);
  const { infoHash } = what;
  using _note = systemClock.setTimer(() => {
    output.note({ type: "looking", infoHash }, `Looking for peers that know torrent ${infoHash}`);
  }, LOOKING_NOTE_MS);
  return await findTorrent(what, options);
}

/** Bytes of the files that are fetched. */
function lengthOf({ files, layout }: TorrentInfo, select: ReadonlySet<number> | undefined): number {
  if (select === undefined) return layout.totalLength;
  return [...select].reduce((sum, fileIndex) => sum + (files[fileIndex]?.length ?? 0), 0);
}

/** What is fetched, and where to. */
interface Target {
  readonly library: Library;
  readonly info: TorrentInfo;
  readonly select: ReadonlySet<number> | undefined;
  readonly tiers: Tiers;
}

async function openTorrent(
  { args, output, interrupted }: Context,
  session: CliNode,
  { library, info, select, tiers }: Target,
): Promise<Torrent> {
  const { node } = session;
  const ways = session.discoveriesOf(info, tiers);
  const work = { info, signal: interrupted, onProgress: hashProgress(output, info.name) };
  const folder = args.text("out");
  if (!args.has("chunks")) {
    const place = folder === undefined ? { library } : { folder };
    return await fetchTorrent(node, { ...work, ...place, ...ways, ...(select && { select }) });
  }
  return node.add(await openChunkStore({ ...work, library }), ways);
}

import { formatMagnet } from "../metainfo/mod.ts";
import { formatAddress, sleep, systemClock } from "../net/mod.ts";
import type { Torrent, TorrentEvent } from "../peer/mod.ts";
import { hasNoKey, trackerName, TrackerRefusedError } from "../tracker/client/mod.ts";
import type { TrackerClient } from "../tracker/mod.ts";
import { otherTiers, type Tiers } from "./announcing.ts";
import { type CliNode, isExclusive } from "./cli_node.ts";
import { nameOf } from "./cli_trackers.ts";
import type { Context } from "./command.ts";
import { tellDisk } from "./disk_news.ts";
import { untilAborted } from "./interrupt.ts";
import type { Output } from "./output.ts";
import { printable } from "./printable.ts";
import { reachableAt } from "./reachable_at.ts";
import { SwarmWatch } from "./swarm_watch.ts";
import { Transfers } from "./transfers.ts";
import { formatBytes } from "./units.ts";

/** How long a tracker may take before a torrent is served without it, in milliseconds. */
const ANNOUNCE_PATIENCE_MS = 3_000;

/**
 * Prints what is served and how others get it, as soon as the tracker knows it or is not there.
 *
 * @throws {TrackerRefusedError} if there is no tracker that lets us in
 */
export async function reportSeeding(
  { output, interrupted }: Context,
  session: CliNode,
  torrent: Torrent,
  tiers: Tiers = [],
): Promise<void> {
  const around = isExclusive(torrent.store.info, tiers)
    ? { ...session, trackers: [], announceUrls: [] }
    : isPrivate(torrent)
    ? { ...session, trackers: session.trackers.filter(({ origin }) => origin !== "found") }
    : session;
  const { announceUrls } = around;
  const urls = [...announceUrls, ...otherTiers(tiers, announceUrls).flat()];
  const known = Promise.all([torrent.announced, urls.length === 0 || admitted(around)]);
  const state = await Promise.race([
    known.then(() => "announced" as const),
    unreachable(around, urls),
    sleep(systemClock, ANNOUNCE_PATIENCE_MS, interrupted).then(() => "waiting" as const),
  ]);
  const trackers = namesOf(around, urls).join(", ");
  const { name, infoHash, layout } = torrent.store.info;
  const { held } = torrent.store;
  const { port } = session.node.address;
  const magnet = formatMagnet({
    infoHash,
    name,
    ...(isPrivate(torrent)
      ? { trackers: [], peers: [] }
      : { trackers: urls.filter(hasNoKey), peers: await reachableAt(session) }),
    length: layout.totalLength,
  });
  const chunks = held.isFull ? `${held.length}` : `${held.count} of ${held.length}`;
  output.result(
    {
      type: "seeding",
      name,
      infoHash,
      magnet,
      port,
      bytes: layout.totalLength,
      chunks: held.count,
      chunkCount: held.length,
      announced: state === "announced",
    },
    [
      printable(name),
      `  info-hash  ${infoHash}`,
      `  magnet     ${magnet}`,
      `  size       ${formatBytes(layout.totalLength)}, ${chunks} chunks of ${
        formatBytes(layout.pieceLength)
      }`,
      `  tracker    ${state === "announced" ? trackers : `${trackers} (not there yet)`}`,
    ].join("\n"),
  );
}

/** What trackers are called; the usual one counts only where there is no other. */
function namesOf({ trackers }: CliNode, urls: readonly string[]): string[] {
  const others = trackers.filter(({ origin }) => origin !== "default");
  const own = others.length + urls.length === 0 ? trackers : others;
  return [...own.map(nameOf), ...urls.map(trackerName)];
}

function isPrivate({ store: { info } }: Torrent): boolean {
  return info.privacy === "private";
}

/** Resolves when the named trackers of ours have let us in or are not there; rejects if one refuses. */
async function admitted({ trackers }: CliNode): Promise<void> {
  const named = trackers.filter(({ origin }) => origin === "named");
  await Promise.all(named.map(async ({ client }) => {
    try {
      await client.connected();
    } catch (error) {
      if (error instanceof TrackerRefusedError) throw error;
    }
  }));
}

/**
 * Resolves when every tracker turned out not to be there; rejects if one is and refuses. Where there
 * are announce URLs, too, the others do not decide.
 */
async function unreachable(
  { trackers, lookedAround }: CliNode,
  urls: readonly string[],
): Promise<"unreachable"> {
  await lookedAround;
  const answers = await Promise.allSettled(trackers.map(({ client }) => client.connected()));
  if (urls.length > 0 || answers.some(({ status }) => status === "fulfilled")) {
    return await new Promise<never>(() => {});
  }
  for (const answer of answers) {
    if (answer.status === "rejected" && answer.reason instanceof TrackerRefusedError) {
      throw answer.reason;
    }
  }
  return "unreachable";
}

/**
 * Serves until it is interrupted, and tells how that goes; with `--verbose` it tells who comes and
 * goes.
 */
export async function serveUntilStopped(context: Context, session: CliNode): Promise<void> {
  const { output, interrupted } = context;
  const { port } = session.node.address;
  output.note({ type: "serving", port }, `Serving at port ${port}; Ctrl-C stops`);
  const torrents = [...session.node.torrents.values()];
  for (const torrent of torrents) {
    void logPeers(torrent.watch(), output);
    void tellDisk(torrent, output);
  }
  using transfers = await Transfers.open(output);
  using _telling = tellServing(transfers, session, torrents);
  await untilAborted(interrupted);
}

/** Tells how torrents are served, and what our trackers say of their swarms. */
export function tellServing(
  transfers: Pick<Transfers, "tell" | "tellsSwarms">,
  { trackers }: {
    readonly trackers: readonly { readonly client: Pick<TrackerClient, "listFiles"> }[];
  },
  torrents: readonly Torrent[],
): Disposable {
  // Nobody is asked for what nobody is told.
  const watch = transfers.tellsSwarms
    ? new SwarmWatch({
      clock: systemClock,
      clients: () => trackers.map(({ client }) => client),
      // The trackers of a private torrent need not be those of which we know (BEP 27).
      swarms: () => torrents.filter((it) => !isPrivate(it)).map(({ store: { info } }) => info),
    })
    : undefined;
  for (const torrent of torrents) {
    const { infoHash } = torrent.store.info;
    transfers.tell({
      task: "serve",
      status: () => torrent.status,
      swarm: () => watch?.of(infoHash),
    });
  }
  return watch ?? { [Symbol.dispose]() {} };
}

/**
 * Tells of a torrent's peers, for `--verbose`, until the torrent is closed; besides of web seeds that
 * are dropped, if that is wanted.
 */
export async function logPeers(
  events: ReadableStream<TorrentEvent>,
  output: Output,
  otherwise: "web seeds" | "nothing" = "nothing",
): Promise<void> {
  const isVerbose = output.loudness === "verbose";
  if (!isVerbose && otherwise === "nothing") return await events.cancel();
  for await (const event of events) {
    if (!isVerbose && event.type !== "web-seed-dropped") continue;
    if (event.type === "connected") {
      const peer = formatAddress(event.peer);
      output.note(
        { type: "peer-connected", peer, chunks: event.held },
        `${peer} connected with ${event.held} chunks`,
      );
    } else if (event.type === "disconnected") {
      const peer = formatAddress(event.peer);
      const reason = printable(event.reason);
      output.note({ type: "peer-disconnected", peer, reason }, `${peer} left: ${reason}`);
    } else if (event.type === "web-seed-failed" || event.type === "web-seed-dropped") {
      const { type, url } = event;
      const reason = printable(event.reason);
      const state = type === "web-seed-dropped" ? "is dropped" : "failed";
      output.note({ type, url, reason }, `Web seed ${printable(url)} ${state}: ${reason}`);
    } else if (event.type === "banned") {
      const peer = formatAddress(event.peer);
      output.note({ type: "peer-banned", peer }, `${peer} is banned: it sent corrupt data`);
    }
  }
}

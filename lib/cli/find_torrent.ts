import { type InfoHash, infoHashFromHex } from "../bytes/mod.ts";
import {
  MagnetError,
  MAX_TORRENT_BYTES,
  parseMagnet,
  parseTorrent,
  type TorrentInfo,
} from "../metainfo/mod.ts";
import {
  DeadlineError,
  formatAddress,
  parseAddress,
  type PeerAddress,
  sleep,
  systemClock,
  withDeadline,
} from "../net/mod.ts";
import { REFUSAL, TrackerRefusedError, TrackerUnreachableError } from "../tracker/client/mod.ts";
import type { Tiers } from "./announcing.ts";
import { CliError, UsageError } from "./cli_error.ts";
import type { CliNode } from "./cli_node.ts";
import { missingPermission } from "./describe_error.ts";
import { EXIT } from "./exit_code.ts";
import { printable } from "./printable.ts";

/** The time between two attempts to ask trackers that are not there, in milliseconds. */
const RETRY_MS = 500;

/** How long trackers of ours are tried that cannot be reached, in milliseconds. */
const TRACKER_TIMEOUT_MS = 30_000;

/**
 * How long a torrent that a tracker does not know may take to come, in milliseconds, if the tracker
 * was not there before: it has begun anew, and those who have the torrent are about to tell it.
 */
const RETURN_MS = 15_000;

/** How long a tracker that has no torrent file may take to tell of peers, in milliseconds. */
const PEERS_GRACE_MS = 2_000;

/** What goes with a torrent beside what it is: who has it, and what of it is wanted. */
export interface Hints {
  /** Where peers of it may be. */
  readonly peers: readonly PeerAddress[];
  /** Trackers of its own. */
  readonly tiers: Tiers;
  /** URLs of web servers that have its data. */
  readonly webSeeds: readonly string[];
  /** The files that are wanted, as a magnet link has it (BEP 53); all if it is absent. */
  readonly selectOnly?: string;
}

/** What a user wants to fetch, as far as the words say it. */
export type Wanted =
  | { readonly by: "file"; readonly path: string }
  | { readonly by: "hash"; readonly infoHash: InfoHash; readonly hints: Hints }
  | { readonly by: "name"; readonly name: string };

/** A torrent that was found. */
export interface FoundTorrent {
  /** What it says. */
  readonly info: TorrentInfo;
  /** What goes with it. */
  readonly hints: Hints;
}

const NO_HINTS: Hints = { peers: [], tiers: [], webSeeds: [] };

/**
 * Tells a magnet link, an info-hash, a torrent file and a name apart. A torrent file ends in
 * `.torrent` or is given with a folder.
 *
 * @throws {MagnetError} if it begins like a magnet link and is none
 */
export function parseWanted(what: string): Wanted {
  if (/^magnet:/i.test(what)) {
    const { infoHash, peers, trackers, webSeeds = [], selectOnly } = parseMagnet(what);
    return {
      ...{ by: "hash", infoHash },
      hints: {
        peers: peers.map(parsePeer),
        // Their order is that of the tiers.
        tiers: trackers.map((url) => [url]),
        webSeeds,
        ...(selectOnly !== undefined && { selectOnly }),
      },
    };
  }
  if (/^[0-9a-f]{40}$/i.test(what)) {
    return { by: "hash", infoHash: infoHashFromHex(what), hints: NO_HINTS };
  }
  const isPath = /\.torrent$/i.test(what) || /[/\\]/.test(what);
  return isPath ? { by: "file", path: what } : { by: "name", name: what };
}

function parsePeer(text: string): PeerAddress {
  try {
    return parseAddress(text);
  } catch (cause) {
    throw new MagnetError(`peer "${printable(text)}" is no HOST:PORT`, { cause });
  }
}

/**
 * Reads a torrent file.
 *
 * @throws {TorrentError} if it is none
 * @throws {CliError} if it cannot be read
 */
export async function readTorrentFile(
  path: string,
): Promise<Awaited<ReturnType<typeof parseTorrent>>> {
  return await parseTorrent(await readWhole(path), path);
}

async function readWhole(path: string): Promise<Uint8Array> {
  try {
    const { size, isFile } = await Deno.stat(path);
    if (isFile && size <= MAX_TORRENT_BYTES) return await Deno.readFile(path);
    const state = isFile
      ? `it has ${size} bytes, at most ${MAX_TORRENT_BYTES}`
      : "it is not a file";
    throw new CliError(EXIT.badTorrent, `Cannot read ${path}: ${state}; name a torrent file`);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new CliError(EXIT.error, `Cannot read ${path}: there is no such file`, { cause });
    }
    if (cause instanceof Deno.errors.PermissionDenied) {
      throw new CliError(EXIT.error, `Cannot read ${path}: permission denied`, { cause });
    }
    throw cause;
  }
}

/** How long and by whom a torrent is looked for. */
export interface FindOptions {
  /** Who looks, and who is asked for it. */
  readonly session: Pick<CliNode, "trackers" | "lookedAround" | "announceUrls" | "seek">;
  /** Where peers are that were named on the command line. */
  readonly peers: readonly PeerAddress[];
  /** The time after which to give up, in milliseconds; on trackers of ours, which answer, sooner. */
  readonly timeoutMs: number;
  /** Gives up at once. */
  readonly signal: AbortSignal;
}

/**
 * Finds a torrent: reads its file, or asks trackers of ours until one of them gives it, and, where the
 * info-hash is known, peers for its metadata.
 *
 * @throws {TrackerRefusedError} if no tracker knows it, or one knows several of the name
 * @throws {CliError} if nobody has given it in time
 * @throws {UsageError} if there is nobody who could
 */
export async function findTorrent(wanted: Wanted, options: FindOptions): Promise<FoundTorrent> {
  if (wanted.by === "file") {
    const { info, trackers: tiers, webSeeds } = await readTorrentFile(wanted.path);
    return { info, hints: { ...NO_HINTS, tiers, webSeeds } };
  }
  if (wanted.by === "hash") return await findByHash(wanted, options);
  const { session, timeoutMs, signal } = options;
  const info = await askTrackers(wanted.name, { ...session, timeoutMs, signal });
  return { info, hints: NO_HINTS };
}

/** Asks trackers of ours and peers at once; whoever gives it first is enough. */
async function findByHash(
  wanted: Extract<Wanted, { by: "hash" }>,
  options: FindOptions,
): Promise<FoundTorrent> {
  const { infoHash, hints } = wanted;
  const { session, timeoutMs, signal } = options;
  const named = [...hints.peers, ...options.peers];
  const asked = new AbortController();
  await using search = session.seek(infoHash, named, hints.tiers);
  const others = named.length + hints.tiers.length + session.announceUrls.length;
  const refused = Promise.withResolvers<never>();
  const byTracker = session.trackers.length === 0
    ? refused.promise
    : askTrackers(infoHash, { ...session, timeoutMs, signal: asked.signal }).catch(
      async (error) => {
        if (others > 0 && missingPermission(error) === undefined) return await refused.promise;
        if (!(error instanceof TrackerRefusedError)) throw error;
        // The tracker may know peers although nobody has given it the torrent file.
        await sleep(systemClock, PEERS_GRACE_MS, asked.signal);
        if (search.peers.length === 0) throw error;
        return await refused.promise;
      },
    );
  try {
    const info = await withDeadline(() => Promise.race([byTracker, search.info]), {
      clock: systemClock,
      // A tracker that is the only one to be asked says itself what is wrong.
      ms: others > 0 ? timeoutMs : timeoutMs + 2 * PEERS_GRACE_MS,
      signal,
      message: `the search for torrent ${infoHash} is over`,
    });
    return { info, hints: { ...hints, peers: [...hints.peers, ...search.peers] } };
  } catch (cause) {
    if (!(cause instanceof DeadlineError)) throw cause;
    throw new CliError(EXIT.timeout, describeSearch(infoHash, search.peers.length), { cause });
  } finally {
    asked.abort();
    byTracker.catch(() => undefined);
  }
}

function describeSearch(infoHash: InfoHash, known: number): string {
  const state = known === 0
    ? "no peers are known"
    : known === 1
    ? "the only known peer did not give it"
    : `none of ${known} known peers gave it`;
  return `Cannot find out what torrent ${infoHash} is: ${state}; ` +
    "name a tracker with --tracker or a peer with --peer, or use its torrent file";
}

/** Whom to ask, and for how long. */
interface AskOptions extends Pick<CliNode, "trackers" | "lookedAround"> {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

async function askTrackers(key: string, options: AskOptions): Promise<TorrentInfo> {
  const { trackers, signal } = options;
  if (trackers.length === 0) {
    throw new UsageError(
      `Cannot look up ${
        printable(key)
      }: an announce URL tells where peers are, not what the file ` +
        "is; name its torrent file, or a tracker of Sluice as HOST:PORT",
    );
  }
  const names = trackers.map(({ address }) => formatAddress(address)).join(", ");
  const message = `Cannot look up ${printable(key)}: no tracker answers at ${names}; ` +
    'start one with "sluice tracker", or name another with --tracker';
  const last: { refusal?: TrackerRefusedError } = {};
  try {
    const file = await withDeadline((over) => askUntilAnswered(key, { ...options, last }, over), {
      clock: systemClock,
      ms: Math.min(options.timeoutMs, TRACKER_TIMEOUT_MS),
      signal,
      message,
    });
    return (await parseTorrent(file, `torrent of ${key}`)).info;
  } catch (cause) {
    if (!(cause instanceof DeadlineError)) throw cause;
    throw last.refusal ?? new CliError(EXIT.timeout, message, { cause });
  }
}

/**
 * Asks again and again while no tracker can be reached, when one more was found, and for a while after
 * one that was not there came and does not know the torrent, whose refusal is noted as the last one.
 */
async function askUntilAnswered(
  key: string,
  { trackers, lookedAround, last }: Pick<AskOptions, "trackers" | "lookedAround"> & {
    readonly last: { refusal?: TrackerRefusedError };
  },
  signal: AbortSignal,
): Promise<Uint8Array> {
  let absence: "none" | "seen" = "none";
  let refusedMs: number | undefined;
  while (true) {
    const asked = trackers.length;
    try {
      return await Promise.any(trackers.map(({ client }) => client.getTorrent(key)));
    } catch (cause) {
      const errors: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
      const final = errors.find((error) => error instanceof TrackerRefusedError) ??
        errors.find((error) =>
          !(error instanceof TrackerUnreachableError) || missingPermission(error) !== undefined
        );
      // The usual tracker may not know what another on the network does.
      if (final instanceof TrackerRefusedError) await lookedAround;
      if (final !== undefined && trackers.length > asked) continue;
      if (final === undefined) absence = "seen";
      else if (absence === "none" || !isUnknown(final)) throw final;
      else {
        refusedMs ??= systemClock.now();
        last.refusal = final;
        if (systemClock.now() - refusedMs >= RETURN_MS) throw final;
      }
    }
    await sleep(systemClock, RETRY_MS, signal);
    signal.throwIfAborted();
  }
}

function isUnknown(error: unknown): error is TrackerRefusedError {
  return error instanceof TrackerRefusedError && error.code === REFUSAL.unknown;
}

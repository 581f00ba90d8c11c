import { type InfoHash, infoHashFromHex } from "../bytes/mod.ts";
import { MAX_TORRENT_BYTES, parseMagnet, parseTorrent, type TorrentInfo } from "../metainfo/mod.ts";
import { formatAddress, parseAddress, type PeerAddress, sleep, systemClock } from "../net/mod.ts";
import { TrackerRefusedError, TrackerUnreachableError } from "../tracker/mod.ts";
import { CliError, missingPermission } from "./cli_error.ts";
import type { CliNode } from "./cli_node.ts";
import { EXIT } from "./exit_code.ts";

/** The time between two attempts to ask trackers that are not there, in milliseconds. */
const RETRY_MS = 500;

/** What a user wants to fetch, as far as the words say it. */
export type Wanted =
  | { readonly by: "file"; readonly path: string }
  | { readonly by: "hash"; readonly infoHash: InfoHash; readonly peers: readonly PeerAddress[] }
  | { readonly by: "name"; readonly name: string };

/** A torrent that was found, with peers that were named with it. */
export interface FoundTorrent {
  /** What it says. */
  readonly info: TorrentInfo;
  /** Where peers of it may be. */
  readonly peers: readonly PeerAddress[];
}

/**
 * Tells a magnet link, an info-hash, a torrent file and a name apart.
 *
 * @throws {MagnetError} if it begins like a magnet link and is none
 */
export async function parseWanted(what: string): Promise<Wanted> {
  if (/^magnet:/i.test(what)) {
    const { infoHash, peers } = parseMagnet(what);
    return { by: "hash", infoHash, peers: peers.map((peer) => parseAddress(peer)) };
  }
  if (/^[0-9a-f]{40}$/i.test(what)) {
    return { by: "hash", infoHash: infoHashFromHex(what), peers: [] };
  }
  const isPath = /\.torrent$/i.test(what) || /[/\\]/.test(what) || await isFile(what);
  return isPath ? { by: "file", path: what } : { by: "name", name: what };
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

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    // Whatever cannot be looked at is not a file that we could read.
    return false;
  }
}

/** How long and by whom a torrent is looked for. */
export interface FindOptions {
  /** Who is asked for it. */
  readonly trackers: CliNode["trackers"];
  /** The time after which to give up on trackers that cannot be reached, in milliseconds. */
  readonly timeoutMs: number;
  /** Gives up at once. */
  readonly signal: AbortSignal;
}

/**
 * Finds a torrent: reads its file, or asks the trackers until one of them gives it.
 *
 * @throws {TrackerRefusedError} if no tracker knows it, or one knows several of the name
 * @throws {TrackerUnreachableError} if no tracker could be reached in time
 */
export async function findTorrent(wanted: Wanted, options: FindOptions): Promise<FoundTorrent> {
  if (wanted.by === "file") {
    const { info } = await readTorrentFile(wanted.path);
    return { info, peers: [] };
  }
  const key = wanted.by === "hash" ? wanted.infoHash : wanted.name;
  const file = await askTrackers(key, options);
  const { info } = await parseTorrent(file, `torrent of ${key}`);
  return { info, peers: wanted.by === "hash" ? wanted.peers : [] };
}

async function askTrackers(key: string, options: FindOptions): Promise<Uint8Array> {
  const { trackers, timeoutMs, signal } = options;
  const endMs = systemClock.now() + timeoutMs;
  while (true) {
    const answers = await Promise.allSettled(trackers.map(({ client }) => client.getTorrent(key)));
    const errors: unknown[] = [];
    for (const answer of answers) {
      if (answer.status === "fulfilled") return answer.value;
      errors.push(answer.reason);
    }
    const refusal = errors.find((error) => error instanceof TrackerRefusedError);
    if (refusal !== undefined) throw refusal;
    const other = errors.find((error) =>
      !(error instanceof TrackerUnreachableError) || missingPermission(error) !== undefined
    );
    if (other !== undefined) throw other;
    if (signal.aborted || systemClock.now() >= endMs) {
      const names = trackers.map(({ address }) => formatAddress(address)).join(", ");
      throw new CliError(
        EXIT.timeout,
        `Cannot look up ${key}: no tracker at ${names}; start one with "sluice tracker", ` +
          "or name another with --tracker",
        { cause: errors[0] },
      );
    }
    await sleep(systemClock, RETRY_MS, signal);
  }
}

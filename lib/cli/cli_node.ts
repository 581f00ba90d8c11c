import type { InfoHash } from "../bytes/mod.ts";
import type { TorrentInfo } from "../metainfo/mod.ts";
import { formatAddress, type PeerAddress, sleep, systemClock, UrlGuard } from "../net/mod.ts";
import { type AddOptions, type MetadataSearch, PeerNode, type Torrent } from "../peer/mod.ts";
import { announceTiers, connectPeer } from "../tracker/client/mod.ts";
import { Announcers, otherTiers, type Tiers } from "./announcing.ts";
import type { Arguments } from "./arguments.ts";
import { CliError, UsageError } from "./cli_error.ts";
import { chooseTrackers, reportStates, transportTo } from "./cli_trackers.ts";
import type { Context } from "./command.ts";
import { EXIT } from "./exit_code.ts";
import { type ClientOfTracker, Neighbourhood } from "./neighbourhood.ts";
import { chooseTransport } from "./swarm_key.ts";
import { secureFetch } from "./tls_files.ts";
import { chooseToken } from "./token.ts";
import { VERSION } from "./version.ts";

/** A node with the trackers that it tells of itself. */
export interface CliNode extends AsyncDisposable {
  /** The node. */
  readonly node: PeerNode;
  /** Its trackers of ours, each with its client; those that are found on the network join them later. */
  readonly trackers: readonly ClientOfTracker[];
  /** Resolves when trackers on the network had the time to tell of themselves, if they are looked for. */
  readonly lookedAround: Promise<void>;
  /** The announce URLs of the command line, at which all torrents are announced. */
  readonly announceUrls: readonly string[];
  /** By what a torrent finds peers, if not by all that the node has: a private one (BEP 27). */
  discoveriesOf(info: TorrentInfo, tiers: Tiers): Pick<AddOptions, "discoveries">;
  /** Announces a torrent at trackers of its own, too, unless that is all it has. */
  announce(torrent: Torrent, tiers: Tiers): void;
  /**
   * Waits until our trackers that are there were told all that is held now, so that they count what was
   * completed; half a second at most.
   */
  settle(): Promise<void>;
  /**
   * Looks for the metadata of a torrent among the peers of whom its trackers tell, too, and at these
   * addresses. To be closed before the torrent is opened.
   */
  seek(infoHash: InfoHash, peers: readonly PeerAddress[], tiers: Tiers): MetadataSearch;
}

/** The time in which a tracker is told that all is there now, in milliseconds. */
const SETTLE_MS = 500;

/** Whether people are told when the usual tracker, which nobody named, is not there. */
export type Absence = "told" | "detail";

/**
 * Opens the node that the command line asks for; it knows no tracker.
 *
 * @throws {CliError} if it cannot listen where it should, or has no key where it should
 */
export function openNode(context: Pick<Context, "args" | "output" | "addresses">): PeerNode {
  const { args, addresses } = context;
  const host = args.text("host") ?? "0.0.0.0";
  const port = args.port("port") ?? 0;
  const maxDownRate = limitOf(args, "down");
  const maxUpRate = limitOf(args, "up");
  const transport = chooseTransport(context);
  return listening({ host, port }, () =>
    new PeerNode({
      host,
      port,
      client: `Sluice ${VERSION}`,
      ...(addresses !== undefined && { addresses }),
      urls: urlGuardOf(context),
      ...(maxDownRate !== undefined && { maxDownRate }),
      ...(maxUpRate !== undefined && { maxUpRate }),
      ...(transport !== undefined && { transport }),
    }));
}

/** Which URLs of torrents may be asked. */
function urlGuardOf({ args, addresses }: Pick<Context, "args" | "addresses">): UrlGuard {
  return new UrlGuard({
    privateUrls: args.has("allow-private-urls") ? "allowed" : "refused",
    ...(addresses !== undefined && { addresses }),
  });
}

/**
 * Opens the node that the command line asks for, connects it to its trackers, and lets it find others
 * on its networks.
 *
 * @throws {CliError} if it cannot listen where it should
 */
export function openCliNode(context: Context, absence: Absence): CliNode {
  const { args, output } = context;
  const { trackers: chosen, announceUrls } = chooseTrackers(args);
  const node = openNode(context);
  const options = { agent: `Sluice ${VERSION}`, token: chooseToken(context) };
  const ours = chosen.map((tracker) => {
    const transport = transportTo(tracker, args);
    const client = connectPeer(node, tracker.address, { ...options, transport });
    return { ...tracker, client };
  });
  const trackers: ClientOfTracker[] = [...ours];
  const neighbourhood = new Neighbourhood({ context, node, trackers });
  const reporting = ours.map(async (tracker) => {
    await neighbourhood.lookedAround;
    // Where another was found, it is no news that the usual one is not there.
    const toTell = trackers.length > ours.length ? "detail" : absence;
    await reportStates(tracker.client, tracker, toTell, output);
  });
  const secure = secureFetch(args);
  const announcers = new Announcers(node, output, {
    isNamed: (url) => announceUrls.includes(url),
    urls: urlGuardOf(context),
    get: secure?.get,
  });
  for (const url of announceUrls) node.discoverBy(announcers.open([[url]]));
  return {
    node,
    trackers,
    lookedAround: neighbourhood.lookedAround,
    announceUrls,
    discoveriesOf(info, tiers) {
      if (!isExclusive(info, tiers)) return {};
      return { discoveries: [announcers.open(announceTiers(tiers), "one at a time")] };
    },
    announce(torrent, tiers) {
      if (isExclusive(torrent.store.info, tiers)) return;
      const others = otherTiers(tiers, announceUrls);
      if (others.length > 0) torrent.discoverBy(announcers.open(others));
    },
    seek(infoHash, peers, tiers) {
      const search = node.seek(infoHash, peers);
      const others = otherTiers(tiers, announceUrls);
      if (others.length > 0) search.discoverBy(announcers.open(others));
      return search;
    },
    async settle() {
      const told = Promise.allSettled(trackers.map(({ client }) => client.flush()));
      const over = new AbortController();
      await Promise.race([told, sleep(systemClock, SETTLE_MS, over.signal)]);
      over.abort();
    },
    async [Symbol.asyncDispose]() {
      await node.close();
      await neighbourhood[Symbol.asyncDispose]();
      await announcers[Symbol.asyncDispose]();
      secure?.[Symbol.dispose]();
      await Promise.all(ours.map(({ client }) => client.close()));
      await Promise.all(reporting);
    },
  };
}

/**
 * Whether a torrent is for its own trackers alone: it is private and names some (BEP 27). Where it
 * names none, those of the command line are its trackers.
 */
export function isExclusive(info: TorrentInfo, tiers: Tiers): boolean {
  return info.privacy === "private" && announceTiers(tiers).length > 0;
}

function limitOf(args: Arguments, name: "down" | "up"): number | undefined {
  const limit = args.bytes(name);
  if (limit !== 0) return limit;
  throw new UsageError(`Cannot use --${name} 0: it must be more; without it there is no limit`);
}

/** Runs something that listens; a port that cannot be had becomes one clear line. */
export function listening<T>(address: { host: string; port: number }, listen: () => T): T {
  try {
    return listen();
  } catch (cause) {
    throw describeListening(cause, address, "port");
  }
}

/** Says why a place cannot be listened at and which flag names another, if that is what it is. */
export function describeListening(
  cause: unknown,
  address: { host: string; port: number },
  flag: string,
): unknown {
  const reason = cause instanceof Deno.errors.AddrInUse
    ? `the port is in use; choose another with --${flag}, or 0 for a free one`
    : cause instanceof Deno.errors.AddrNotAvailable
    ? "this machine has no such address; choose another with --host"
    : cause instanceof Deno.errors.PermissionDenied
    ? `the port is reserved; choose one above 1023 with --${flag}`
    : undefined;
  if (reason === undefined) return cause;
  const where = formatAddress(address);
  return new CliError(EXIT.error, `Cannot listen at ${where}: ${reason}`, { cause });
}

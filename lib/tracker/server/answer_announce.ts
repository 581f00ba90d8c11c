import type { InfoHash } from "../../bytes/mod.ts";
import { isLoopback } from "../../net/mod.ts";
import {
  ANNOUNCE_EXPIRY_MS,
  ANNOUNCE_INTERVAL_MS,
  ANNOUNCE_JITTER,
  DEFAULT_NUM_WANT,
  MAX_NUM_WANT,
  MIN_ANNOUNCE_INTERVAL_MS,
} from "../limits.ts";
import type { AnnounceReply, AnnounceRequest, ScrapeEntry } from "../protocol/mod.ts";
import { choosePeers, type Peer } from "../swarm/mod.ts";
import { agentOf } from "./agent_of.ts";
import type { TrackerContext } from "./context.ts";

/** Who announces himself. */
export interface Announcer {
  /** The IP address from which the announce came. */
  readonly host: string;
  /** Tells the address of this machine at which he reaches it, where that is known. */
  readonly local: () => string | undefined;
  /** Peers that he can be told of at most, whatever he wants. */
  readonly room: number;
}

/**
 * Answers an announce, whichever door it came by.
 *
 * @throws {TrackerRefusedError} if it exceeds a limit
 */
export function answerAnnounce(
  request: AnnounceRequest,
  { host, local, room }: Announcer,
  { registry, clock, random }: TrackerContext,
): AnnounceReply {
  const { infoHash, peerId: id, port } = request;
  const expiresAtMs = clock.now() + ANNOUNCE_EXPIRY_MS;
  const peer = { host, port, id, agent: agentOf(id) };
  const member = registry.announce(peer, request, expiresAtMs);
  const swarm = member?.swarm ?? registry.swarms.get(infoHash);
  // One that came over loopback runs here, and is where the asker reaches this machine.
  const isOutside = !isLoopback(host);
  let here: string | undefined;
  function isReachable(peer: Peer): boolean {
    if (!isOutside || !peer.isLocal) return true;
    return (here ??= local()) !== undefined;
  }
  const isSeeder = member?.holding === "complete";
  const count = Math.min(request.numWant ?? DEFAULT_NUM_WANT, MAX_NUM_WANT, room);
  // Who stops wants nobody any more.
  const peers = swarm === undefined || member === undefined ? [] : choosePeers(swarm, {
    asker: member,
    // A seeder can do nothing for others. But one that begins may be none: aria2 says that nothing is
    // left while it does not know what the torrent is.
    wanted: isSeeder && request.event !== "started" ? "leechers" : "all",
    count,
    isReachable,
    random,
  });
  const intervalMs = ANNOUNCE_INTERVAL_MS * (1 + (random() - 0.5) * 2 * ANNOUNCE_JITTER);
  return {
    intervalS: Math.round(intervalMs / 1_000),
    minIntervalS: MIN_ANNOUNCE_INTERVAL_MS / 1_000,
    seeders: (swarm?.seeders ?? 0) - (isSeeder ? 1 : 0),
    leechers: (swarm?.leechers ?? 0) - (member !== undefined && !isSeeder ? 1 : 0),
    externalHost: isOutside ? host : undefined,
    peers: here === undefined ? peers : peers.map((peer) => contactFrom(peer, here)),
  };
}

/** Answers for each torrent of a scrape; nothing for one that is not known. */
export function answerScrape(
  infoHashes: readonly InfoHash[],
  { registry }: TrackerContext,
): (ScrapeEntry | undefined)[] {
  return infoHashes.map((infoHash) => {
    const swarm = registry.swarms.get(infoHash);
    if (swarm === undefined) return undefined;
    const { seeders, leechers, downloaders, completions } = swarm;
    return { seeders, leechers, downloaders, completions };
  });
}

function contactFrom(peer: Peer, here: string | undefined): AnnounceReply["peers"][number] {
  if (here === undefined || !peer.isLocal) return peer;
  return { id: peer.id, host: here, port: peer.port };
}

import type { InfoHash } from "../../bytes/mod.ts";
import { isLoopback, type PackedAddress } from "../../net/mod.ts";
import {
  ANNOUNCE_EXPIRY_MS,
  ANNOUNCE_INTERVAL_MS,
  ANNOUNCE_JITTER,
  DEFAULT_NUM_WANT,
  MAX_NUM_WANT,
  MIN_ANNOUNCE_INTERVAL_MS,
} from "../limits.ts";
import type {
  AnnouncedPeers,
  AnnounceReply,
  AnnounceRequest,
  PeerContact,
  ScrapeEntry,
} from "../protocol/mod.ts";
import { choosePeers, type Member, PACKED_LENGTH, type Peer } from "../swarm/mod.ts";
import { agentOf } from "./agent_of.ts";
import type { TrackerContext } from "./context.ts";

/** Where peers are packed for an answer, which is written before the next one is made. */
const ROOM = new Uint8Array(MAX_NUM_WANT * PACKED_LENGTH);

/** Who announces himself. */
export interface Announcer {
  /** The IP address from which the announce came. */
  readonly host: string;
  /** Tells the address of this machine at which he reaches it, where that is known. */
  readonly local: () => string | undefined;
  /** Peers that he can be told of at most, whatever he wants. */
  readonly room: number;
  /** How he is told of them: only packed and of IPv4, or in any way. */
  readonly takes: AnnouncedPeers["form"];
}

/**
 * Answers an announce, whichever door it came by. Peers that are packed are there until the next call.
 *
 * @throws {TrackerRefusedError} if it exceeds a limit
 */
export function answerAnnounce(
  request: AnnounceRequest,
  announcer: Announcer,
  { registry, clock, random }: TrackerContext,
): AnnounceReply {
  const { host } = announcer;
  const { infoHash, peerId: id, port } = request;
  const expiresAtMs = clock.now() + ANNOUNCE_EXPIRY_MS;
  const peer = { host, port, id, agent: agentOf(id) };
  const member = registry.announce(peer, request, expiresAtMs);
  const swarm = member?.swarm ?? registry.swarms.get(infoHash);
  const isSeeder = member?.holding === "complete";
  const intervalMs = ANNOUNCE_INTERVAL_MS * (1 + (random() - 0.5) * 2 * ANNOUNCE_JITTER);
  return {
    intervalS: Math.round(intervalMs / 1_000),
    minIntervalS: MIN_ANNOUNCE_INTERVAL_MS / 1_000,
    seeders: (swarm?.seeders ?? 0) - (isSeeder ? 1 : 0),
    leechers: (swarm?.leechers ?? 0) - (member !== undefined && !isSeeder ? 1 : 0),
    externalHost: isLoopback(host) ? undefined : host,
    // Who stops wants nobody any more.
    peers: member === undefined
      ? { form: "list", peers: [] }
      : choosePeersFor(member, { request, announcer, random }),
  };
}

/** Who asks, how, and a source of chance. */
interface Choice {
  readonly request: AnnounceRequest;
  readonly announcer: Announcer;
  readonly random: () => number;
}

/** Peers for one who announced himself. */
function choosePeersFor(member: Member, { request, announcer, random }: Choice): AnnouncedPeers {
  const { swarm } = member;
  const { host, local, room, takes } = announcer;
  const isOutside = !isLoopback(host);
  const count = Math.min(request.numWant ?? DEFAULT_NUM_WANT, MAX_NUM_WANT, room);
  // A seeder can do nothing for others. But one that begins may be none: aria2 says that nothing is
  // left while it does not know what the torrent is.
  const isSeeder = member.holding === "complete" && request.event !== "started";
  const { packed } = swarm;
  const wanted = isSeeder ? "leechers" : "all";
  if (takes === "packed" && packed.serves(isOutside ? "outside" : "here")) {
    const choice = { wanted, leechers: swarm.leechers, except: member.index, random } as const;
    return { form: "packed", ipv4: packed.choose(ROOM.subarray(0, count * PACKED_LENGTH), choice) };
  }
  // One that came over loopback runs here, and is where the asker reaches this machine.
  let here: string | undefined;
  function isReachable(peer: Peer): boolean {
    if (!isOutside || !peer.isLocal) return true;
    return (here ??= local()) !== undefined;
  }
  const peers = choosePeers(swarm, { asker: member, wanted, count, isReachable, random });
  return { form: "list", peers: peers.map((peer) => contactFrom(peer, here)) };
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

function contactFrom(peer: Peer, here: string | undefined): PeerContact & PackedAddress {
  if (here === undefined || !peer.isLocal) return peer;
  return { id: peer.id, host: here, port: peer.port };
}

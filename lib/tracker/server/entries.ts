import type { CatalogueEntry, HeldTorrent, KnownPeer, SwarmPeer } from "../protocol/mod.ts";
import type { Holding, Member, Peer, Swarm, TorrentState } from "../swarm/mod.ts";
import type { Session } from "./session.ts";

/** A swarm of which at least the name of its torrent is known. */
export type NamedSwarm = Swarm & {
  readonly torrent: Exclude<TorrentState, { readonly state: "unnamed" }>;
};

/** Whether the name of a swarm's torrent is known. */
export function isNamed(swarm: Swarm): swarm is NamedSwarm {
  return swarm.torrent.state !== "unnamed";
}

/** What `list_files` says of a torrent. */
export function catalogueEntryOf(swarm: NamedSwarm): CatalogueEntry {
  return {
    infoHash: swarm.infoHash,
    ...swarm.torrent.shape,
    pieces: swarm.pieceCount,
    seeders: swarm.seeders,
    leechers: swarm.leechers,
    availability: swarm.copies,
    completions: swarm.completions,
    state: swarm.torrent.state,
  };
}

/** What `get_peers` says of a member of the swarm that is asked for. */
export function swarmPeerOf(member: Member, asker: Session): SwarmPeer {
  const { peer, holding, uploaded, downloaded } = member;
  return {
    ...asker.contactOf(peer),
    agent: peer.agent,
    pieces: typeof holding === "string" ? holding : holding.toBytes(),
    uploaded,
    downloaded,
  };
}

/** What `get_peers` says of a peer if no swarm is asked for. */
export function knownPeerOf(peer: Peer, asker: Session): KnownPeer {
  const torrents = Array.from(peer.memberships(), heldTorrentOf);
  return { ...asker.contactOf(peer), agent: peer.agent, torrents };
}

function heldTorrentOf({ swarm, holding }: Member): HeldTorrent {
  const { infoHash, pieceCount } = swarm;
  return { infoHash, held: heldCountOf(holding, pieceCount), pieces: pieceCount };
}

function heldCountOf(holding: Holding, pieceCount: number): number {
  if (holding === "complete") return pieceCount;
  return holding === "unknown" ? 0 : holding.count;
}

import type { TrackerContext } from "../context.ts";

/** Whether a peer is connected at the TCP door, as those of Sluice are, or announces itself. */
export type PeerKind = "sluice" | "other";

/** How many there are of what. */
export interface Census {
  readonly swarms: number;
  /** Swarms whose torrent file is there. */
  readonly files: number;
  /** Peers, each counted once. */
  readonly peers: Readonly<Record<PeerKind, number>>;
  /** Peers by swarm: one in two swarms counts twice. */
  readonly members: Readonly<
    Record<PeerKind, { readonly seeder: number; readonly leecher: number }>
  >;
}

/** Counts what a tracker knows; looks at each swarm and at each peer that is connected, at no other. */
export function takeCensus(
  { registry, sessions }: Pick<TrackerContext, "registry" | "sessions">,
): Census {
  const all = { seeder: 0, leecher: 0 };
  let files = 0;
  for (const swarm of registry.swarms.values()) {
    if (swarm.torrent.state === "published") files++;
    all.seeder += swarm.seeders;
    all.leecher += swarm.leechers;
  }
  const ours = { seeder: 0, leecher: 0 };
  let connected = 0;
  for (const peer of sessions.peers()) {
    connected++;
    for (const { holding } of peer.memberships()) {
      ours[holding === "complete" ? "seeder" : "leecher"]++;
    }
  }
  return {
    swarms: registry.swarms.size,
    files,
    peers: { sluice: connected, other: registry.peers.size - connected },
    members: {
      sluice: ours,
      other: { seeder: all.seeder - ours.seeder, leecher: all.leecher - ours.leecher },
    },
  };
}

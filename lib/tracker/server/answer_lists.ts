import { MAX_AGENT_BYTES } from "../limits.ts";
import type {
  AllPeersReply,
  GetPeersArguments,
  KnownPeer,
  ListFilesArguments,
  ListFilesReply,
  PageRange,
  SwarmPeer,
  SwarmPeersReply,
} from "../protocol/mod.ts";
import { type Member, type Peer, rankSources, type Swarm } from "../swarm/mod.ts";
import type { TrackerContext } from "./context.ts";
import { catalogueEntryOf, isNamed, knownPeerOf, type NamedSwarm, swarmPeerOf } from "./entries.ts";
import { pageOf } from "./page_of.ts";
import type { Session } from "./session.ts";

/** Bytes of an entry at most, besides the parts whose length differs much. */
const ENTRY_BYTES = 512 + MAX_AGENT_BYTES;

/** Bytes of a torrent in the entry of a peer, at most. */
const HELD_TORRENT_BYTES = 128;

/** Answers `list_files`, with the torrents of which at least the name is known. */
export function answerListFiles(
  query: ListFilesArguments,
  _session: Session,
  { registry }: TrackerContext,
): ListFilesReply {
  const { entries, ...page } = pageOf({
    items: query.name === undefined
      ? namedSwarms(registry.swarms.values())
      : namedSwarms(registry.swarmsNamed(query.name)),
    entryOf: catalogueEntryOf,
    bytesOf: () => ENTRY_BYTES,
  }, query);
  return { ...page, files: entries };
}

/** Answers `get_peers`. A swarm that is not known has no peers. */
export function answerGetPeers(
  query: GetPeersArguments,
  session: Session,
  { registry }: TrackerContext,
): SwarmPeersReply | AllPeersReply {
  if (query.infoHash === undefined) return allPeers(registry.peers.values(), query, session);
  const swarm = registry.swarms.get(query.infoHash);
  return swarm === undefined
    ? { of: "swarm", total: 0, offset: query.offset, pieceCount: 0, peers: [] }
    : swarmPeers(swarm, query, session);
}

function allPeers(peers: Iterable<Peer>, range: PageRange, asker: Session): AllPeersReply {
  const { entries, ...page } = pageOf({
    items: peers,
    entryOf: (peer: Peer) => knownPeerOf(peer, asker),
    bytesOf: ({ torrents }: KnownPeer) => ENTRY_BYTES + torrents.length * HELD_TORRENT_BYTES,
  }, range);
  return { of: "all", ...page, peers: entries };
}

function swarmPeers(swarm: Swarm, range: PageRange, asker: Session): SwarmPeersReply {
  const others = swarm.members.filter(({ peer }) => peer !== asker.peer);
  const { entries, ...page } = pageOf({
    items: rankSources(swarm, others, asker.askerIn(swarm)),
    entryOf: (member: Member) => swarmPeerOf(member, asker),
    bytesOf: ({ pieces }: SwarmPeer) => ENTRY_BYTES + pieces.length,
  }, range);
  return { of: "swarm", ...page, pieceCount: swarm.pieceCount, peers: entries };
}

function* namedSwarms(swarms: Iterable<Swarm>): Generator<NamedSwarm> {
  for (const swarm of swarms) if (isNamed(swarm)) yield swarm;
}

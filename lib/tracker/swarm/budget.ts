import { Bitfield, type InfoHash } from "../../bytes/mod.ts";
import { ADDRESS_SHARES_A_NETWORK } from "../../net/mod.ts";
import type { TrackerLimits } from "../tracker_limits.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import type { Peer } from "./peer.ts";
import { pieceMapBytes, type Swarm } from "./swarm.ts";

/** The limits of what is known of peers and torrents. */
export type RegistryLimits = Pick<
  TrackerLimits,
  | "peers"
  | "peersPerAddress"
  | "torrents"
  | "torrentsPerPeer"
  | "peersPerTorrent"
  | "peersPerTorrentAndAddress"
  | "piecesPerPeer"
  | "pieceMapBytes"
  | "torrentFileBytes"
>;

/** What has a share: an address, or an IPv6 network of which one machine may have all addresses. */
export type Origin = "address" | "network";

/** The shares that each has. */
const SHARES: Readonly<Record<Origin, number>> = {
  address: 1,
  network: ADDRESS_SHARES_A_NETWORK,
};

/** What each is called. */
const NAMES: Readonly<Record<Origin, string>> = {
  address: "an address",
  network: "a network of IPv6 addresses",
};

/**
 * What is kept, measured against its limits. Each check comes before the change that it allows, and
 * throws a `TrackerRefusedError` that names the limit.
 */
export class Budget {
  readonly #limits: RegistryLimits;
  readonly #allowed: ReadonlySet<InfoHash> | undefined;
  #torrentFileBytes = 0;
  #pieceMapBytes = 0;

  /** Makes a budget of which nothing is used, for all torrents or only for some. */
  constructor(limits: RegistryLimits, allowed?: ReadonlySet<InfoHash>) {
    this.#limits = limits;
    this.#allowed = allowed;
  }

  /** Checks that a torrent is one of those that the tracker is for. */
  checkAllowed(infoHash: InfoHash): void {
    if (this.#allowed === undefined || this.#allowed.has(infoHash)) return;
    throw new TrackerRefusedError(
      REFUSAL.forbidden,
      `Cannot take torrent ${infoHash}: it is not on the tracker's list`,
    );
  }

  /** Checks that one more peer may be known. */
  checkPeers(known: number): void {
    const { peers } = this.#limits;
    if (known >= peers) throw tooMany(`the tracker keeps ${peers} peers`);
  }

  /** Why there may not be one more peer of an origin, if so. */
  refusalOfPeerAt(known: number, origin: Origin): TrackerRefusedError | undefined {
    const most = this.#limits.peersPerAddress * SHARES[origin];
    return known >= most
      ? tooMany(`the tracker keeps ${most} peers of ${NAMES[origin]}`)
      : undefined;
  }

  /** Whether there may not be one more torrent. */
  isFullOfTorrents(known: number): boolean {
    return known >= this.#limits.torrents;
  }

  /** Checks that one more torrent may be known. */
  checkTorrents(known: number): void {
    const { torrents } = this.#limits;
    if (this.isFullOfTorrents(known)) throw tooMany(`the tracker keeps ${torrents} torrents`);
  }

  /** Checks that a peer may enter one more swarm. */
  checkEntry(peer: Peer): void {
    const { torrentsPerPeer } = this.#limits;
    if (peer.membershipCount >= torrentsPerPeer) {
      throw tooMany(`the tracker keeps ${torrentsPerPeer} torrents of a peer`);
    }
  }

  /** Why there may not be one more member of a swarm, if so. */
  refusalOfMember(members: number): TrackerRefusedError | undefined {
    const { peersPerTorrent } = this.#limits;
    return members >= peersPerTorrent
      ? tooMany(`the tracker keeps ${peersPerTorrent} peers of a torrent`)
      : undefined;
  }

  /** Why there may not be one more member of an origin in a swarm, if so. */
  refusalOfMemberAt(members: number, origin: Origin): TrackerRefusedError | undefined {
    const most = this.#limits.peersPerTorrentAndAddress * SHARES[origin];
    return members >= most
      ? tooMany(`the tracker keeps ${most} peers of a torrent at ${NAMES[origin]}`)
      : undefined;
  }

  /** Checks that there is room for the bitfield of a peer, as if its swarm had none of it yet. */
  checkPieceMap(peer: Peer, pieceCount: number, swarm: Swarm | undefined): void {
    const former = swarm && peer.membershipIn(swarm)?.holding;
    const mapped = former instanceof Bitfield ? former.length : 0;
    const pieces = peer.mappedPieces - mapped + pieceCount;
    if (pieces > this.#limits.piecesPerPeer) {
      throw tooMany(`the tracker keeps ${this.#limits.piecesPerPeer} pieces of a peer`);
    }
    const partials = swarm?.partials ?? 0;
    const more = pieceMapBytes(pieceCount, partials + 1) - pieceMapBytes(pieceCount, partials);
    if (this.#pieceMapBytes + more > this.#limits.pieceMapBytes) {
      throw tooMany("the tracker's room for bitfields is used up");
    }
  }

  /** Whether a torrent file fits beside the others. */
  hasRoomFor(torrentFileBytes: number): boolean {
    return this.#torrentFileBytes + torrentFileBytes <= this.#limits.torrentFileBytes;
  }

  /** Takes down that torrent files have come, or have gone if negative. */
  addTorrentFile(bytes: number): void {
    this.#torrentFileBytes += bytes;
  }

  /** Runs a change of a swarm's bitfields and takes down what it uses. */
  measure(swarm: Swarm, change: () => void): void {
    const before = pieceMapBytes(swarm.pieceCount, swarm.partials);
    change();
    this.#pieceMapBytes += pieceMapBytes(swarm.pieceCount, swarm.partials) - before;
  }
}

function tooMany(reason: string): TrackerRefusedError {
  return new TrackerRefusedError(REFUSAL.tooMany, `Cannot take more: ${reason}`);
}

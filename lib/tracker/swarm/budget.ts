import type { TrackerLimits } from "../limits.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import type { Peer } from "./peer.ts";
import { pieceMapBytes, type Swarm } from "./swarm.ts";

/** The limits of what is known of peers and torrents. */
export type RegistryLimits = Pick<
  TrackerLimits,
  | "peers"
  | "torrents"
  | "torrentsPerPeer"
  | "peersPerTorrent"
  | "piecesPerPeer"
  | "pieceMapBytes"
  | "torrentFileBytes"
>;

/**
 * What is kept, measured against its limits. Each check comes before the change that it allows, and
 * throws a `TrackerRefusedError` that names the limit.
 */
export class Budget {
  readonly #limits: RegistryLimits;
  #torrentFileBytes = 0;
  #pieceMapBytes = 0;

  /** Makes a budget of which nothing is used. */
  constructor(limits: RegistryLimits) {
    this.#limits = limits;
  }

  /** Checks that one more peer may be known. */
  checkPeers(known: number): void {
    const { peers } = this.#limits;
    if (known >= peers) throw tooMany(`the tracker keeps ${peers} peers`);
  }

  /** Checks that one more torrent may be known. */
  checkTorrents(known: number): void {
    const { torrents } = this.#limits;
    if (known >= torrents) throw tooMany(`the tracker keeps ${torrents} torrents`);
  }

  /** Checks that a peer may enter a swarm. */
  checkEntry(peer: Peer, swarm: Swarm | undefined): void {
    const { torrentsPerPeer, peersPerTorrent } = this.#limits;
    if ((swarm?.members.length ?? 0) >= peersPerTorrent) {
      throw tooMany(`the tracker keeps ${peersPerTorrent} peers of a torrent`);
    }
    if ([...peer.memberships()].length >= torrentsPerPeer) {
      throw tooMany(`the tracker keeps ${torrentsPerPeer} torrents of a peer`);
    }
  }

  /** Checks that there is room for the bitfield of a peer, as if its swarm had none of it yet. */
  checkPieceMap(peer: Peer, pieceCount: number, swarm: Swarm | undefined): void {
    let pieces = pieceCount;
    for (const { holding, swarm: other } of peer.memberships()) {
      if (typeof holding !== "string" && other !== swarm) pieces += holding.length;
    }
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

import type { Budget } from "./budget.ts";
import type { Member, Peer } from "./peer.ts";
import type { Swarm } from "./swarm.ts";

/**
 * Who has a place. Where none is left, peers that are not connected give up theirs, those first that
 * would be forgotten first anyway; one that is connected keeps its place.
 */
export class Places {
  readonly #budget: Budget;
  /** The peers of each origin. */
  readonly #peers = new Map<string, Set<Peer>>();

  /** Makes one in which all places are free. */
  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Takes down that a peer is known. */
  taken(peer: Peer): void {
    const peers = this.#peers.get(peer.origin);
    if (peers === undefined) this.#peers.set(peer.origin, new Set([peer]));
    else peers.add(peer);
  }

  /** Takes down that a peer is known no more. */
  freed(peer: Peer): void {
    const peers = this.#peers.get(peer.origin);
    peers?.delete(peer);
    if (peers?.size === 0) this.#peers.delete(peer.origin);
  }

  /**
   * The peer that must go before one more of an origin may be known, if one must.
   *
   * @throws {TrackerRefusedError} if there are too many and all are connected
   */
  rivalAt(origin: string): Peer | undefined {
    const peers = this.#peers.get(origin) ?? new Set();
    const refusal = this.#budget.refusalOfPeerAt(peers.size);
    return refusal && (firstToGo(peers, itself) ?? fail(refusal));
  }

  /**
   * The member that must go before a peer may enter a swarm, if one must.
   *
   * @throws {TrackerRefusedError} if there are too many and all are connected
   */
  rivalIn({ members }: Swarm, { origin }: Peer): Member | undefined {
    // Few members are no reason to look for those of one origin among them.
    if (this.#budget.refusalOfMemberAt(members.length) !== undefined) {
      const near = members.filter(({ peer }) => peer.origin === origin);
      const refusal = this.#budget.refusalOfMemberAt(near.length);
      if (refusal !== undefined) return firstToGo(near, peerOf) ?? fail(refusal);
    }
    const refusal = this.#budget.refusalOfMember(members.length);
    return refusal && (firstToGo(members, peerOf) ?? fail(refusal));
  }
}

function itself(peer: Peer): Peer {
  return peer;
}

function peerOf({ peer }: Member): Peer {
  return peer;
}

function fail(error: Error): never {
  throw error;
}

/** Of those whose peer is not connected, the one that is to be forgotten first. */
function firstToGo<Item>(items: Iterable<Item>, peerOf: (item: Item) => Peer): Item | undefined {
  let first: Item | undefined;
  let firstMs = Infinity;
  for (const item of items) {
    const { expiresAtMs } = peerOf(item);
    if (expiresAtMs >= firstMs) continue;
    first = item;
    firstMs = expiresAtMs;
  }
  return first;
}

import { isLoopback, networkOf } from "../../net/mod.ts";
import type { Budget, Origin } from "./budget.ts";
import type { Member, Peer } from "./peer.ts";
import type { Swarm } from "./swarm.ts";

/**
 * Who has a place. Where none is left, peers that are not connected give up theirs, those first that
 * would be forgotten first anyway; one that is connected keeps its place.
 */
export class Places {
  readonly #budget: Budget;
  /** The peers at each address and IPv6 network, most alone there; over loopback none counts. */
  readonly #peers = new Map<string, Peer | Set<Peer>>();

  /** Makes one in which all places are free. */
  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Takes down that a peer is known. */
  taken(peer: Peer): void {
    if (peer.isLocal) return;
    for (const [, key] of originsOf(peer)) {
      const known = this.#peers.get(key);
      if (known instanceof Set) known.add(peer);
      else this.#peers.set(key, known === undefined ? peer : new Set([known, peer]));
    }
  }

  /** Takes down that a peer is known no more. */
  freed(peer: Peer): void {
    for (const [, key] of originsOf(peer)) {
      const known = this.#peers.get(key);
      if (known instanceof Set) known.delete(peer);
      if (known === peer || (known instanceof Set && known.size === 0)) this.#peers.delete(key);
    }
  }

  /**
   * The peer that must go before one more at an address may be known, if one must.
   *
   * @throws {TrackerRefusedError} if there are too many and all are connected
   */
  rivalAt(host: string): Peer | undefined {
    if (isLoopback(host)) return undefined;
    for (const [origin, key] of originsOf({ host, network: networkOf(host) })) {
      const known = this.#peers.get(key);
      const peers = known instanceof Set ? known : known === undefined ? [] : [known];
      const count = known instanceof Set ? known.size : known === undefined ? 0 : 1;
      const refusal = this.#budget.refusalOfPeerAt(count, origin);
      if (refusal !== undefined) return firstToGo(peers, itself) ?? fail(refusal);
    }
    return undefined;
  }

  /**
   * The member that must go before a peer may enter a swarm, if one must.
   *
   * @throws {TrackerRefusedError} if there are too many and all are connected
   */
  rivalIn({ members }: Swarm, peer: Peer): Member | undefined {
    // Few members are no reason to look for those at one address among them.
    if (!peer.isLocal && this.#budget.refusalOfMemberAt(members.length, "address") !== undefined) {
      for (const [origin, key] of originsOf(peer)) {
        const near = members.filter(({ peer }) => peer[PROPERTY[origin]] === key);
        const refusal = this.#budget.refusalOfMemberAt(near.length, origin);
        if (refusal !== undefined) return firstToGo(near, peerOf) ?? fail(refusal);
      }
    }
    const refusal = this.#budget.refusalOfMember(members.length);
    return refusal && (firstToGo(members, peerOf) ?? fail(refusal));
  }
}

/** The property of a peer that says where it is from. */
const PROPERTY = { address: "host", network: "network" } as const;

/** For whom a peer counts: for its address and, if that is one of IPv6, for its network. */
function originsOf({ host, network }: Pick<Peer, "host" | "network">): [Origin, string][] {
  return network === host ? [["address", host]] : [["address", host], ["network", network]];
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

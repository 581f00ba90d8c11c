import { MAX_PUSHED_PEERS } from "../limits.ts";
import type { Peer } from "./peer.ts";
import type { Swarm } from "./swarm.ts";

/** Who came to a swarm and who went, since it was last asked. */
export interface SwarmChange {
  /** Where. */
  readonly swarm: Swarm;
  /** Those that came and are still there. */
  readonly joined: readonly Peer[];
  /** Those that went and did not come back. */
  readonly gone: readonly Peer[];
}

interface Change {
  readonly joined: Set<Peer>;
  readonly gone: Set<Peer>;
}

/**
 * Gathers who came and went until somebody asks, for each swarm no more than fit one push: those
 * beyond that are found by asking for the peers.
 */
export class SwarmChanges {
  readonly #changes = new Map<Swarm, Change>();

  /** Whether anything changed. */
  get isEmpty(): boolean {
    return this.#changes.size === 0;
  }

  /** Takes down that a peer came. */
  joined(swarm: Swarm, peer: Peer): void {
    const change = this.#changeOf(swarm);
    change.gone.delete(peer);
    if (change.joined.size < MAX_PUSHED_PEERS) change.joined.add(peer);
  }

  /** Takes down that a peer went. */
  gone(swarm: Swarm, peer: Peer): void {
    const change = this.#changeOf(swarm);
    if (change.joined.delete(peer)) return;
    if (change.gone.size < MAX_PUSHED_PEERS) change.gone.add(peer);
  }

  /** Forgets what changed. */
  forget(): void {
    this.#changes.clear();
  }

  /** Gives what changed, and forgets it. */
  *drain(): Generator<SwarmChange> {
    const changes = [...this.#changes];
    this.#changes.clear();
    for (const [swarm, { joined, gone }] of changes) {
      if (joined.size + gone.size > 0) yield { swarm, joined: [...joined], gone: [...gone] };
    }
  }

  #changeOf(swarm: Swarm): Change {
    let change = this.#changes.get(swarm);
    if (change === undefined) {
      change = { joined: new Set(), gone: new Set() };
      this.#changes.set(swarm, change);
    }
    return change;
  }
}

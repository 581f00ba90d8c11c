import type { PeerAddress } from "../../net/mod.ts";
import { SILENT_INTERVALS } from "../limits.ts";
import type { Peer, SwarmRegistry } from "../swarm/mod.ts";
import type { Session } from "./session.ts";

/** How long sessions and what they leave behind are kept. */
export interface SessionTimes {
  /** How often a client is to be heard, in milliseconds. */
  readonly intervalMs: number;
  /** How long a peer is kept that vanished, in milliseconds. */
  readonly graceMs: number;
}

/**
 * The connections that were let in.
 *
 * Invariant: a peer has at most one session, and one that has a session does not expire.
 */
export class Sessions {
  readonly #registry: SwarmRegistry;
  readonly #times: SessionTimes;
  readonly #all = new Set<Session>();
  readonly #byPeer = new Map<Peer, Session>();

  /** Makes a set of no sessions over the peers of a registry. */
  constructor(registry: SwarmRegistry, times: SessionTimes) {
    this.#registry = registry;
    this.#times = times;
  }

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  /** The peers that are connected. */
  peers(): Iterable<Peer> {
    return this.#byPeer.keys();
  }

  /** The session of a peer that is connected. */
  of(peer: Peer): Session | undefined {
    return this.#byPeer.get(peer);
  }

  /** Ends the session of a peer that is about to be admitted again. */
  replace(peer: Peer, nowMs: number): void {
    const session = this.#byPeer.get(peer);
    if (session === undefined) return;
    session.end("replaced");
    this.remove(session, nowMs);
  }

  /** Ends the sessions of those who are not let in any more; their peers are let go. */
  showOut(isOut: (remote: PeerAddress) => boolean, nowMs: number): void {
    for (const session of this.#all) {
      if (!isOut(session.remote)) continue;
      session.end("shut out");
      this.remove(session, nowMs);
    }
  }

  /** Adds the session of a connection that was let in. */
  add(session: Session): void {
    this.#all.add(session);
    if (session.peer !== undefined) this.#byPeer.set(session.peer, session);
  }

  /** Removes a session that has ended, and lets its peer go the way that it chose. */
  remove(session: Session, nowMs: number): void {
    if (!this.#all.delete(session)) return;
    session.partialFile.drop();
    const { peer, farewell } = session;
    if (peer === undefined) return;
    this.#byPeer.delete(peer);
    if (farewell === "exit") {
      this.#registry.remove(peer);
    } else {
      const { intervalMs, graceMs } = this.#times;
      const keptMs = farewell === "disconnect" ? intervalMs * SILENT_INTERVALS : graceMs;
      this.#registry.release(peer, nowMs + keptMs);
    }
  }

  /** Closes sessions that are silent for too long; must be called again and again. */
  sweep(nowMs: number): void {
    const { intervalMs } = this.#times;
    const limits = { pingMs: intervalMs, closeMs: intervalMs * SILENT_INTERVALS };
    for (const session of this.#all) {
      session.checkSilence(nowMs, limits);
      session.partialFile.sweep(nowMs);
    }
  }
}

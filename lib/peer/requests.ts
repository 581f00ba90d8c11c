import type { Clock } from "../net/mod.ts";
import { REQUEST_TIMEOUT_MS } from "./limits.ts";
import type { PeerLink } from "./link.ts";
import {
  type DownloadPlan,
  ENDGAME_LATE_MS,
  type HeldUpPiece,
  type PeerKey,
} from "./policy/mod.ts";
import type { RateLimits } from "./surroundings.ts";
import { type BlockRequest, PeerProtocolError } from "./wire/mod.ts";

/** What {@linkcode Requests} need. */
export interface RequestsOptions {
  /** Decides what to ask whom for, and counts what is asked for. */
  readonly plan: DownloadPlan;
  /** The connected peers, live. */
  readonly links: ReadonlyMap<PeerKey, PeerLink>;
  /** Measures the peers' rates. */
  readonly clock: Clock;
  /** How much may be received. */
  readonly limits: Pick<RateLimits, "down">;
}

/**
 * The requests for blocks that are under way to the peers of a torrent.
 *
 * Invariant: what is in the window of a peer is counted by the plan as asked for.
 */
export class Requests {
  readonly #options: RequestsOptions;

  /** Makes one that has asked for nothing. */
  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Asks a peer for as much as its window has room for, once that is worth a message. */
  fill(link: PeerLink): void {
    const { plan, clock } = this.#options;
    const { key, bits: has, window, session, fast: { guided } } = link;
    const nowMs = clock.now();
    window.agree(session.blockLength, session.extended.maxRequests);
    if (!window.isLow(nowMs)) return;
    // What readers wait for may be asked for whatever the peer would have us fetch.
    for (const index of guided === undefined ? [] : plan.first.pieces) {
      if (has.has(index) && !guided?.has(index)) link.allow(index);
    }
    const bits = link.reach;
    if (bits.isEmpty) return;
    for (let room = window.room(nowMs); room > 0; room = window.room(nowMs)) {
      const request = plan.next({ key, bits, window }, room, nowMs);
      if (request === undefined) return;
      this.#send(link, request, nowMs);
    }
  }

  /**
   * Takes a request back that a peer has rejected (BEP 6); tells whether others can be asked for it,
   * and whether it was asked for only because another peer had named it.
   *
   * @throws {PeerProtocolError} if it rejects all that it is asked for
   */
  rejected(link: PeerLink, request: BlockRequest): "freed" | "misled" | "nothing" {
    const { window, reach, fast, peerChoking } = link;
    if (!peerChoking && !link.bits.has(request.index) && window.excuse(request)) {
      return this.#misled(link, request);
    }
    const outcome = window.reject(request);
    if (window.isFutile) {
      throw new PeerProtocolError("Cannot fetch from it: it rejects what it is asked for");
    }
    if (outcome !== "under way") return "nothing";
    // It is not asked for this piece again until it serves anew, or a while has passed.
    if (peerChoking) fast.allowed.clear(request.index);
    else {
      const forgivenAtMs = this.#options.clock.now() + REQUEST_TIMEOUT_MS;
      fast.rejection ??= { unrejected: reach.clone(), forgivenAtMs };
      fast.rejection.unrejected.clear(request.index);
    }
    this.#forget(link, this.#options.plan.release(request));
    return "freed";
  }

  /**
   * Drops a block that a peer is not asked for, or no more.
   *
   * @throws {PeerProtocolError} if it was never asked for it, as far as can be told (BEP 6), or, where it
   * need not answer what is withdrawn, sends nothing else
   */
  dismiss({ window, session }: PeerLink, block: BlockRequest): void {
    if (window.dismiss(block) === "answer") return;
    if (session.isFast) {
      throw new PeerProtocolError(
        `Cannot take a block of piece ${block.index}: nobody asked for it`,
      );
    }
    if (window.isFutile) {
      throw new PeerProtocolError("Cannot fetch from it: it sends only what nobody asked for");
    }
  }

  /** Takes back all requests to a peer that chokes us, or has gone. */
  clear(link: PeerLink): void {
    for (const request of link.window.clear()) this.#options.plan.release(request);
    this.#options.plan.pause(link.key);
  }

  /** Takes nothing back of a peer that chokes us, and is to reject what it does not serve (BEP 6). */
  pause(link: PeerLink): void {
    this.#forget(link, this.#options.plan.pause(link.key));
  }

  /** Takes requests to a peer back without a word to it. */
  release(link: PeerLink, requests: Iterable<BlockRequest>): BlockRequest[] {
    const released = [...requests];
    for (const request of released) {
      link.window.remove(request);
      this.#options.plan.release(request);
    }
    return released;
  }

  /** Takes requests to a peer back, and tells it. */
  cancel(link: PeerLink, requests: Iterable<BlockRequest>): void {
    for (const request of this.release(link, requests)) {
      link.session.outgoing.send({ type: "cancel", ...request });
    }
  }

  /** Takes back all that is asked for. */
  cancelAll(): void {
    for (const link of this.#options.links.values()) this.cancel(link, link.window.pending);
  }

  /** Takes back every peer's requests for what has come. */
  cancelEverywhere(range: BlockRequest): void {
    for (const link of this.#options.links.values()) this.cancel(link, link.window.inside(range));
  }

  /**
   * Takes pieces from peers that owe them and are silent, since this one is to give them, and gives what it took.
   * Of those of whom a conductor names what is fetched, they are not asked for again until it names them anew.
   */
  takeOver(taker: PeerLink, pieces: readonly number[]): Set<number> {
    const { plan, links, clock } = this.#options;
    const nowMs = clock.now();
    const taken = new Set<number>();
    if (taker.peerChoking || pieces.length === 0) return taken;
    const named = new Set(pieces.filter((index) => !plan.isSolitary({ index })));
    for (const link of links.values()) {
      if (link === taker || link.window.silenceMs(nowMs) < ENDGAME_LATE_MS) continue;
      const owed = [...link.window.pending].filter(({ index }) => named.has(index));
      for (const { index } of owed) {
        taken.add(index);
        link.forbid(index);
      }
      this.cancel(link, owed);
    }
    return taken;
  }

  /** Takes back what is asked of peers that send nothing of it for too long. */
  giveUpStalled(): void {
    const { plan, links, clock } = this.#options;
    const nowMs = clock.now();
    for (const link of links.values()) {
      this.#forgive(link, nowMs);
      if (!link.window.isStalled(nowMs)) continue;
      for (const request of link.window.giveUp()) {
        plan.release(request);
        link.session.outgoing.send({ type: "cancel", ...request });
      }
      plan.pause(link.key);
    }
  }

  /**
   * Takes failed pieces from peers that hold them up, and asks others for the first block that have nothing
   * to do, or whatever they do where readers wait for the piece. Should be called every second.
   */
  handOver(): void {
    const { plan, links, clock, limits } = this.#options;
    // What has come may wait until our own limit lets us read it.
    if (limits.down.isOverdrawn) return;
    const nowMs = clock.now();
    for (const heldUp of plan.heldUp(nowMs)) {
      const { index, key, quietMs } = heldUp;
      const holder = links.get(key);
      if (holder === undefined || quietMs < holder.window.answerMs(nowMs)) continue;
      const taker = this.#takerOf(heldUp, nowMs);
      if (taker === undefined) continue;
      this.cancel(holder, holder.window.pendingOf(index));
      const request = plan.handOver(index, taker, nowMs);
      if (request !== undefined) this.#send(taker, request, nowMs);
    }
  }

  /**
   * Who is to have a piece that is held up: somebody who has not had a turn with it, of several one that
   * has sent something before; or else the one whose last turn is longest ago.
   */
  #takerOf({ index, key, turnOf }: HeldUpPiece, nowMs: number): PeerLink | undefined {
    const { plan, links } = this.#options;
    const isUrgent = plan.first.pieces.includes(index);
    const takers = inOrderOfTrust(links.values(), nowMs).filter((link) => {
      const { window } = link;
      return link.key !== key && link.amInterested && link.reach.has(index) &&
        plan.isFree(link.key) && window.bearsOneMore(nowMs) && (isUrgent || window.isIdle);
    });
    const lastTurn = ({ key }: PeerLink): number => turnOf.get(key) ?? 0;
    const isUntested = ({ window }: PeerLink): number => Number(window.meter.total === 0);
    return takers.toSorted((a, b) => lastTurn(a) - lastTurn(b) || isUntested(a) - isUntested(b))[0];
  }

  #send({ window, session }: PeerLink, request: BlockRequest, nowMs: number): void {
    window.add(request, nowMs);
    session.outgoing.send({ type: "request", ...request });
  }

  /** Takes a request back that was made because another peer named it, although this one does not have it. */
  #misled(link: PeerLink, request: BlockRequest): "misled" | "freed" {
    const { guided, rejection } = link.fast;
    rejection?.unrejected.clear(request.index);
    this.#forget(link, this.#options.plan.release(request));
    return guided?.clear(request.index) ? "misled" : "freed";
  }

  /** Forgets what a peer owes of a piece that was given up: only it was asked for that. */
  #forget({ window }: PeerLink, abandoned: number | undefined): void {
    if (abandoned === undefined) return;
    for (const request of window.pendingOf(abandoned)) window.remove(request);
  }

  /** Lets a peer be asked again, after a while, for what it rejected. */
  #forgive({ fast }: PeerLink, nowMs: number): void {
    if (fast.rejection !== undefined && nowMs >= fast.rejection.forgivenAtMs) {
      fast.rejection = undefined;
    }
  }
}

/**
 * Peers in the order in which they are to be asked: who sends comes first, and who has stalled last. Else
 * those that are silent would be given what is for one peer alone, or what has become late, while others
 * that would send it have nothing to do.
 */
export function inOrderOfTrust(links: Iterable<PeerLink>, nowMs: number): PeerLink[] {
  const sending: PeerLink[] = [];
  const silent: PeerLink[] = [];
  const stalled: PeerLink[] = [];
  for (const link of links) {
    const { window } = link;
    if (window.hasStalled) stalled.push(link);
    else if (window.meter.isMoving(nowMs)) sending.push(link);
    else silent.push(link);
  }
  sending.push(...silent, ...stalled);
  return sending;
}

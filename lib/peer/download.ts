import type { PieceIndex } from "../bytes/mod.ts";
import type { Clock } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import type { TorrentEvent } from "./events.ts";
import { ASSEMBLY_BUDGET, MAX_ACTIVE_PIECES, MAX_OFFERED, REQUEST_TIMEOUT_MS } from "./limits.ts";
import type { PeerLink } from "./link.ts";
import { PieceOrders } from "./piece_orders.ts";
import { type ActivePiece, DownloadPlan, type PeerKey, type Wanted } from "./policy/mod.ts";
import type { Intent } from "./surroundings.ts";
import { Requests } from "./requests.ts";
import { Verification } from "./verification.ts";
import { type BlockRequest, PeerProtocolError } from "./wire/mod.ts";

/** What a {@linkcode Download} needs. */
export interface DownloadOptions {
  /** Whether to ask for what is missing, for what is ordered, or for nothing. */
  readonly intent: Intent;
  /** Where the pieces go. */
  readonly store: PieceStore;
  /** The connected peers, live. */
  readonly links: ReadonlyMap<PeerKey, PeerLink>;
  /** Measures the peers' rates. */
  readonly clock: Clock;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
  /** Is told of pieces. */
  readonly onEvent: (event: TorrentEvent) => void;
  /** Is called when a peer has sent what it should not have: it is to be shut out. */
  readonly onConviction: (link: PeerLink) => void;
  /** Is called when the store cannot take what it is given; nothing is asked for any more then. */
  readonly onFailure: (error: unknown) => void;
}

/** Carries out the plan of a torrent's download: asks, assembles, has each piece verified and kept. */
export class Download {
  readonly #options: DownloadOptions;
  readonly #plan: DownloadPlan;
  readonly #requests: Requests;
  readonly #verification: Verification;
  readonly #orders = new PieceOrders();
  readonly #verifying = new Set<Promise<void>>();
  #receivedBytes = 0;
  #state: "asking" | "silent";
  #wanted: Wanted;

  /** Makes the download of what the store does not hold. */
  constructor(options: DownloadOptions) {
    this.#options = options;
    this.#state = options.intent === "serve" ? "silent" : "asking";
    this.#wanted = options.intent === "order" ? "demanded" : "all";
    const { info, held, wanted } = options.store;
    this.#plan = new DownloadPlan({
      layout: info.layout,
      held,
      wanted: this.#wanted,
      ...(!wanted.isFull && { goal: wanted }),
      maxActive: Math.min(MAX_ACTIVE_PIECES, Math.floor(ASSEMBLY_BUDGET / info.pieceLength)),
      random: options.random,
    });
    this.#requests = new Requests({ ...options, plan: this.#plan });
    this.#verification = new Verification({ ...options, plan: this.#plan });
  }

  /** Whether every piece is held that is to be. */
  get isComplete(): boolean {
    return this.#plan.isComplete;
  }

  /** Whether something may be asked of others, now or later. */
  get isHungry(): boolean {
    return this.#state === "asking" && !this.isComplete;
  }

  /** Bytes of blocks that were received and were not there before. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** What to do with peers of whom nothing can come: those of a user stay until he leaves. */
  get whenDone(): "leave" | "stay" {
    return this.#options.intent === "order" ? "stay" : "leave";
  }

  /** What is asked for: all that is missing, what is ordered, or nothing. */
  get appetite(): "all" | "orders" | "nothing" {
    if (this.#state === "silent") return "nothing";
    return this.#wanted === "all" ? "all" : "orders";
  }

  /** Notes all the pieces that a peer has; must be called once, before any other of them. */
  learnAll(link: PeerLink): void {
    this.#plan.join(link.bits);
    this.#updateInterest(link);
  }

  /** Notes one more piece that a peer has. */
  learn(link: PeerLink, index: PieceIndex): void {
    if (!link.bits.set(index)) return;
    this.#plan.gained(link.bits, index);
    if (link.fast.offered.has(index)) this.#plan.opened(link.fast.offered);
    if (!link.amInterested && !this.#options.store.held.has(index)) this.#updateInterest(link);
  }

  /** Notes that a peer has lost a piece, and what was asked of it is not to come (BEP 54). */
  unlearn(link: PeerLink, index: PieceIndex): void {
    if (!link.bits.clear(index)) return;
    this.#plan.lostBy(index);
    link.fast.offered.clear(index);
    const length = this.#options.store.info.layout.pieceSize(index);
    if (!link.session.isFast) {
      this.#requests.release(link, link.window.inside({ index, begin: 0, length }));
    }
    this.#updateInterest(link);
  }

  /** Notes that a peer lets us have a piece also while it chokes us, if it has it (BEP 6). */
  allowed(link: PeerLink, index: PieceIndex): void {
    const { offered } = link.fast;
    if (!link.bits.has(index) || offered.count >= MAX_OFFERED || !offered.set(index)) return;
    this.#plan.opened(offered);
  }

  /** Takes a request back that a peer does not answer (BEP 6). */
  rejected(link: PeerLink, request: BlockRequest): void {
    this.#requests.rejected(link, request);
  }

  /** Notes that the store has lost a piece, which is to be fetched again. */
  lost(index: PieceIndex): void {
    this.#plan.markLost(index);
    for (const link of this.#options.links.values()) {
      if (link.bits.has(index)) this.#updateInterest(link);
    }
    this.askAll();
  }

  /** Asks for all that is missing from now on, or only for what is ordered. */
  want(wanted: Wanted): void {
    this.#wanted = wanted;
    this.#state = "asking";
    const links = [...this.#options.links.values()];
    if (wanted === "demanded") {
      for (const link of links) this.#requests.cancel(link, link.window.pending);
    }
    this.#plan.want(wanted);
    for (const link of links) this.#updateInterest(link);
    this.askAll();
  }

  /**
   * Fetches a piece from one peer, and from nobody else unless it is under way already; is done at
   * once when it is held. Must not be called when nothing is to be asked for.
   *
   * @throws {PieceUnavailableError} if the peer does not have it, sends it corrupt, sends nothing of
   * it for 30 s, or goes
   * @throws {StorageError} if it cannot be written
   */
  async fetch(link: PeerLink, index: PieceIndex, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#options;
    if (store.held.has(index)) return;
    const earlier = this.#orders.keyOf(index);
    if (earlier !== undefined) this.#endOrder(index, earlier, "it was ordered anew");
    const order = this.#orders.place(index, link.key, clock.now());
    const giveUp = (): void => {
      if (this.#orders.keyOf(index) === link.key) {
        this.#endOrder(index, link.key, "it was given up");
      }
    };
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    else if (this.#state === "silent") this.#orders.refuse(index, "nothing is fetched here");
    else if (link.bits.has(index)) {
      this.#plan.demand(index, link.key);
      this.#updateInterest(link);
      this.ask(link);
    } else this.#orders.refuse(index, "the peer does not have it");
    try {
      await order;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** Takes a piece in that came by other means; tells whether it is the right one. */
  async supply(index: PieceIndex, data: Uint8Array): Promise<"held" | "mismatch"> {
    const { store, onEvent } = this.#options;
    if (store.held.has(index)) return "held";
    if (await store.put(index, data) === "mismatch") return "mismatch";
    if (!this.#plan.supply(index)) return "held";
    onEvent({ type: "held", index, from: [] });
    this.#orders.fulfil(index);
    for (const link of this.#options.links.values()) this.#updateInterest(link);
    return "held";
  }

  /** Takes the requests back of a peer that chokes us. */
  choked(link: PeerLink): void {
    this.#requests.clear(link);
  }

  /** Forgets a peer that has left. */
  leave(link: PeerLink): void {
    this.choked(link);
    this.#plan.leave(link.key, link.bits);
    this.#plan.opened(link.fast.offered);
    for (const { index, key } of this.#orders.open) {
      const isComing = this.#plan.isVerifying(index);
      if (key === link.key && !isComing) this.#orders.refuse(index, "the peer has gone");
    }
  }

  /** Asks a peer for as much as its window has room for. */
  ask(link: PeerLink): void {
    if (!link.amInterested || this.#state === "silent") return;
    this.#requests.fill(link);
    if (link.window.isIdle) this.#updateInterest(link);
  }

  /** Asks every peer; called when something has become free to be asked for. */
  askAll(): void {
    for (const link of this.#options.links.values()) this.ask(link);
  }

  /**
   * Takes a block. One that this peer is not asked for is dropped: it may have crossed a cancel.
   *
   * @throws {PeerProtocolError} if the peer was never asked for it, as far as can be told (BEP 6)
   */
  receive(link: PeerLink, index: number, begin: number, block: Uint8Array): void {
    const nowMs = this.#options.clock.now();
    const received = { index, begin, length: block.length };
    const request = link.window.receive(received, nowMs);
    if (request === undefined) {
      if (link.window.settle(received) || !link.session.isFast) return;
      throw new PeerProtocolError(`Cannot take a block of piece ${index}: nobody asked for it`);
    }
    const { fresh, complete, isShared } = this.#plan.receive(request, block, link.key);
    this.#receivedBytes += fresh;
    this.#orders.heard(index, nowMs);
    if (isShared) {
      const whole = { index, begin: 0, length: complete?.data.length ?? 0 };
      this.#requests.cancelEverywhere(complete === undefined ? request : whole);
    }
    if (complete === undefined) return;
    const verifying = this.#verify(complete).finally(() => this.#verifying.delete(verifying));
    this.#verifying.add(verifying);
  }

  /** Takes back requests and orders for which nothing comes; should be called every second. */
  checkStalls(): void {
    const nowMs = this.#options.clock.now();
    for (const { index, key, heardMs } of this.#orders.open) {
      if (nowMs - heardMs < REQUEST_TIMEOUT_MS) continue;
      this.#endOrder(index, key, `the peer sent nothing of it for ${REQUEST_TIMEOUT_MS / 1000} s`);
    }
    this.#requests.giveUpStalled();
  }

  /** Is done when every piece that was being verified has been. */
  async settle(): Promise<void> {
    await Promise.all(this.#verifying);
  }

  async #verify(piece: ActivePiece): Promise<void> {
    const index = this.#options.store.info.layout.pieceIndex(piece.index);
    try {
      const outcome = await this.#verification.verify(piece);
      if (outcome === "held") this.#orders.fulfil(index);
      else this.#orders.refuse(index, "the peer sent it corrupt");
    } catch (error) {
      this.#orders.fail(index, error);
      if (this.#wanted === "demanded") return;
      this.#state = "silent";
      return this.#options.onFailure(error);
    }
    this.askAll();
  }

  /** Ends an order that is not fulfilled. */
  #endOrder(index: PieceIndex, key: PeerKey, reason: string): void {
    const link = this.#options.links.get(key);
    const length = this.#options.store.info.layout.pieceSize(index);
    if (link !== undefined) {
      this.#requests.cancel(link, link.window.inside({ index, begin: 0, length }));
    }
    this.#plan.withdraw(index);
    this.#orders.refuse(index, reason);
    if (link !== undefined) this.#updateInterest(link);
  }

  #updateInterest(link: PeerLink): void {
    const isInterested = this.#state === "asking" && this.#plan.isInteresting(link);
    if (link.amInterested === isInterested) return;
    link.amInterested = isInterested;
    link.session.outgoing.send({ type: isInterested ? "interested" : "not-interested" });
  }
}

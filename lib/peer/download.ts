import type { PieceIndex } from "../bytes/mod.ts";
import type { Clock } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import type { TorrentEvent } from "./events.ts";
import { ASSEMBLY_BUDGET, MAX_ACTIVE_PIECES, REQUEST_TIMEOUT_MS } from "./limits.ts";
import type { PeerLink } from "./link.ts";
import { PieceOrders } from "./piece_orders.ts";
import { type ActivePiece, DownloadPlan, type PeerKey, type Wanted } from "./policy/mod.ts";
import type { Intent } from "./surroundings.ts";
import { Verification } from "./verification.ts";
import type { BlockRequest } from "./wire/mod.ts";

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
    const { info, held } = options.store;
    this.#plan = new DownloadPlan({
      layout: info.layout,
      held,
      wanted: this.#wanted,
      maxActive: Math.min(MAX_ACTIVE_PIECES, Math.floor(ASSEMBLY_BUDGET / info.pieceLength)),
      random: options.random,
    });
    this.#verification = new Verification({ ...options, plan: this.#plan });
  }

  /** Whether every piece is held. */
  get isComplete(): boolean {
    return this.#plan.isComplete;
  }

  /** Bytes of blocks that were received and were not there before. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** What to do with peers when both sides have everything: those of a user stay until he leaves. */
  get whenDone(): "leave" | "stay" {
    return this.#options.intent === "order" ? "stay" : "leave";
  }

  /** What is asked for: all that is missing, what is ordered, or nothing. */
  get appetite(): "all" | "orders" | "nothing" {
    if (this.#state === "silent") return "nothing";
    return this.#wanted === "all" ? "all" : "orders";
  }

  /** How many connected peers have a piece. */
  availability(index: number): number {
    return this.#plan.availability(index);
  }

  /** Notes all the pieces that a peer has; must be called once, before any other of them. */
  learnAll(link: PeerLink): void {
    this.#plan.join(link.bits);
    this.#updateInterest(link);
  }

  /** Notes one more piece that a peer has. */
  learn(link: PeerLink, index: PieceIndex): void {
    if (!link.bits.set(index)) return;
    this.#plan.gained(link.key, index);
    if (!link.amInterested && !this.#options.store.held.has(index)) this.#updateInterest(link);
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
      for (const link of links) {
        this.#cancel(link, link.window.pending);
      }
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
    for (const request of link.window.clear()) this.#plan.release(request);
    this.#plan.pause(link.key);
  }

  /** Forgets a peer that has left. */
  leave(link: PeerLink): void {
    this.choked(link);
    this.#plan.leave(link.key, link.bits);
    for (const { index, key } of this.#orders.open) {
      const isComing = this.#plan.isVerifying(index);
      if (key === link.key && !isComing) this.#orders.refuse(index, "the peer has gone");
    }
  }

  /** Asks a peer for as much as its window has room for. */
  ask(link: PeerLink): void {
    if (link.peerChoking || !link.amInterested || this.#state === "silent") return;
    link.window.agree(link.session.blockLength, link.session.extended.maxRequests);
    const nowMs = this.#options.clock.now();
    for (let room = link.window.room(nowMs); room > 0; room = link.window.room(nowMs)) {
      const request = this.#plan.next(link, room);
      if (request === undefined) break;
      link.window.add(request, nowMs);
      link.session.outgoing.send({ type: "request", ...request });
    }
    if (link.window.isIdle) this.#updateInterest(link);
  }

  /** Asks every peer; called when something has become free to be asked for. */
  askAll(): void {
    for (const link of this.#options.links.values()) this.ask(link);
  }

  /** Takes a block. One that nobody asked this peer for is dropped: it may have crossed a cancel. */
  receive(link: PeerLink, index: number, begin: number, block: Uint8Array): void {
    const nowMs = this.#options.clock.now();
    const request = link.window.receive({ index, begin, length: block.length }, nowMs);
    if (request === undefined) return;
    const { fresh, complete, isShared } = this.#plan.receive(request, block, link.key);
    this.#receivedBytes += fresh;
    this.#orders.heard(index, nowMs);
    if (isShared) {
      const whole = { index, begin: 0, length: complete?.data.length ?? 0 };
      this.#cancelEverywhere(complete === undefined ? request : whole);
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
    for (const link of this.#options.links.values()) {
      if (!link.window.isStalled(nowMs)) continue;
      for (const request of link.window.giveUp()) {
        this.#plan.release(request);
        link.session.outgoing.send({ type: "cancel", ...request });
      }
      this.#plan.pause(link.key);
    }
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
    if (link !== undefined) this.#cancel(link, link.window.inside({ index, begin: 0, length }));
    this.#plan.withdraw(index);
    this.#orders.refuse(index, reason);
    if (link !== undefined) this.#updateInterest(link);
  }

  /** Takes back every peer's requests for what has come. */
  #cancelEverywhere(range: BlockRequest): void {
    for (const link of this.#options.links.values()) this.#cancel(link, link.window.inside(range));
  }

  /** Takes requests of one peer back. */
  #cancel(link: PeerLink, requests: Iterable<BlockRequest>): void {
    for (const request of [...requests]) {
      link.window.remove(request);
      this.#plan.release(request);
      link.session.outgoing.send({ type: "cancel", ...request });
    }
  }

  #updateInterest(link: PeerLink): void {
    const isInterested = this.#state === "asking" && this.#plan.isInteresting(link);
    if (link.amInterested === isInterested) return;
    link.amInterested = isInterested;
    link.session.outgoing.send({ type: isInterested ? "interested" : "not-interested" });
  }
}

import type { PieceIndex } from "../bytes/mod.ts";
import { type DiskObstacle, DiskWait, effectOfPut } from "./disk_wait.ts";
import type { DownloadOptions } from "./download_options.ts";
import { followGuide } from "./follow_guide.ts";
import { MAX_ACTIVE_PIECES } from "./limits.ts";
import type { PeerLink } from "./link.ts";
import { Ordering } from "./ordering.ts";
import { PieceOrders } from "./piece_orders.ts";
import { type ActivePiece, DownloadPlan, type Wanted } from "./policy/mod.ts";
import { inOrderOfTrust, Requests } from "./requests.ts";
import { Verification } from "./verification.ts";
import { missingBytes } from "./status.ts";
import type { BlockRequest, Guide } from "./wire/mod.ts";

/** Carries out the plan of a torrent's download: asks, assembles, has each piece verified and kept. */
export class Download {
  readonly #options: DownloadOptions;
  readonly #plan: DownloadPlan;
  readonly #requests: Requests;
  readonly #verification: Verification;
  readonly #orders = new PieceOrders();
  readonly #ordering: Ordering;
  readonly #disk: DiskWait;
  readonly #verifying = new Map<number, Promise<void>>();
  #receivedBytes = 0;
  /** What others may be asked for that was asked of somebody who does not give it. */
  #freed: "blocks" | "nothing" = "nothing";
  #state: "asking" | "silent";
  #wanted: Wanted;

  /** Makes the download of what the store does not hold. */
  constructor(options: DownloadOptions) {
    this.#options = options;
    this.#state = options.intent === "serve" ? "silent" : "asking";
    this.#wanted = options.intent === "order" ? "demanded" : "all";
    const { info, held, wanted } = options.store;
    this.#plan = new DownloadPlan({
      ...{ layout: info.layout, held, wanted: this.#wanted, random: options.random },
      ...(!wanted.isFull && { goal: wanted }),
      maxActive: () =>
        Math.min(MAX_ACTIVE_PIECES, Math.floor(options.assemblyBytes() / info.pieceLength)),
    });
    this.#requests = new Requests({ ...options, plan: this.#plan });
    this.#verification = new Verification({
      ...{ ...options, plan: this.#plan },
      put: (index, data) => this.#disk.run(() => options.store.put(index, data), effectOfPut),
    });
    this.#ordering = new Ordering({
      ...{ ...options, plan: this.#plan, requests: this.#requests, orders: this.#orders },
      appetite: () => options.motion.state === "suspended" ? "nothing" : this.appetite,
      ask: (link) => {
        this.#updateInterest(link);
        this.ask(link);
      },
    });
    this.#disk = new DiskWait({
      ...options,
      onChange: (change) =>
        options.onEvent({ ...change, missingBytes: missingBytes(options.store) }),
      onDemand: () => this.#askAnew(),
    });
    if (options.intent === "order") this.#disk.giveUp();
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

  /** What keeps everything from being written now, if something does: nothing is asked for meanwhile. */
  get obstacle(): DiskObstacle | undefined {
    return this.#disk.obstacle;
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
    this.#plan.holders.join(link.bits);
    this.#updateInterest(link);
  }

  /** Notes one more piece that a peer has, which it has gained just now. */
  learn(link: PeerLink, index: PieceIndex): void {
    this.#plan.holders.gained(link.bits, index);
    this.#plan.holders.opened(link.reach);
    if (!link.amInterested && !this.#options.store.held.has(index)) this.#updateInterest(link);
  }

  /** Notes that a peer has lost a piece just now, and what was asked of it is not to come (BEP 54). */
  unlearn(link: PeerLink, index: PieceIndex): void {
    this.#plan.holders.lostBy(index);
    const length = this.#options.store.info.layout.pieceSize(index);
    const owed = link.window.inside({ index, begin: 0, length });
    if (!link.session.isFast) this.#requests.release(link, owed);
    this.#ordering.end(index, link.key, "the peer lost it");
    this.#updateInterest(link);
  }

  /** Notes that a peer lets us have a piece also while it chokes us, if it has it (BEP 6). */
  allowed(link: PeerLink, index: PieceIndex): void {
    link.offer(index);
    this.#plan.holders.opened(link.fast.allowed);
  }

  /** Notes what a peer wants us to fetch from it, and declines what is not to be asked of it now. */
  guided(link: PeerLink, guide: Guide): void {
    const decided = { plan: this.#plan, orders: this.#orders, wanted: this.#wanted };
    followGuide(link, guide, { store: this.#options.store, requests: this.#requests, ...decided });
  }

  /** Notes that a peer may be asked for what another one named, these pieces now; from some they do not come. */
  directed(link: PeerLink, pieces: readonly number[]): void {
    this.#requests.takeOver(link, pieces);
    for (const { key, index } of this.#orders.open) if (key === link.key) link.allow(index);
    this.#plan.holders.opened(link.fast.guided ?? link.bits);
    this.#plan.holders.opened(link.reach);
    this.#updateInterest(link);
    this.ask(link);
  }

  /** Takes a request back that a peer does not answer (BEP 6), as `Requests.rejected`. */
  rejected(link: PeerLink, request: BlockRequest): "freed" | "misled" | "nothing" {
    const outcome = this.#requests.rejected(link, request);
    if (outcome !== "nothing") this.#freed = "blocks";
    return outcome;
  }

  /** Notes that the store has lost a piece, which is to be fetched again. */
  lost(index: PieceIndex): void {
    this.#plan.markLost(index);
    this.#askAnew();
  }

  /** Asks for all that is missing from now on, or only for what is ordered. */
  want(wanted: Wanted): void {
    this.#wanted = wanted;
    this.#state = "asking";
    if (wanted === "all") this.#disk.endure();
    else this.#disk.giveUp();
    if (wanted === "demanded") this.#requests.cancelAll();
    this.#plan.want(wanted);
    this.#askAnew();
  }

  /** Notes that the torrent was suspended, and so nothing is asked for, or that it goes on. */
  move(): void {
    if (this.#options.motion.state === "suspended") {
      this.#ordering.endAll("the torrent is paused");
      this.#requests.cancelAll();
    }
    this.#askAnew();
  }

  /** Fetches these pieces before all others from now on, the most urgent first. */
  wantFirst(pieces: readonly number[]): void {
    this.#plan.first.want(pieces);
    this.askAll();
  }

  /** Fetches a piece from one peer, as `Torrent.fetchPiece`. */
  async fetch(link: PeerLink, index: PieceIndex, signal: AbortSignal): Promise<void> {
    await this.#ordering.fetch(link, index, signal);
  }

  /** Takes a piece in that came by other means; tells whether it is the right one. */
  async supply(index: PieceIndex, data: Uint8Array): Promise<"held" | "mismatch"> {
    const { store, onEvent } = this.#options;
    if (store.held.has(index)) return "held";
    if (await store.put(index, data) === "mismatch") return "mismatch";
    if (!this.#plan.supply(index)) return "held";
    onEvent({ type: "held", index, from: [] });
    this.#orders.fulfil(index);
    this.#updateAll();
    return "held";
  }

  /** Notes that a peer chokes us: it rejects what it owes (BEP 6), or forgets it without a word. */
  choked(link: PeerLink): void {
    if (link.session.isFast) this.#requests.pause(link);
    else this.#requests.clear(link);
  }

  /** Forgets a peer that has left. */
  leave(link: PeerLink): void {
    this.#requests.clear(link);
    this.#plan.leave(link.key, link.bits);
    this.#plan.holders.opened(link.fast.allowed);
    this.#ordering.leave(link.key);
  }

  /** Asks a peer for as much as its window has room for; and others, if something is free for them. */
  ask(link: PeerLink): void {
    if (this.#freed === "blocks") return this.askAll();
    if (!link.amInterested) return;
    this.#requests.fill(link);
    if (link.window.isIdle) this.#updateInterest(link);
  }

  /** Asks every peer; called when something has become free to be asked for. */
  askAll(): void {
    this.#freed = "nothing";
    const { links, clock } = this.#options;
    for (const link of inOrderOfTrust(links.values(), clock.now())) this.ask(link);
  }

  /**
   * Takes a block. One that this peer is not asked for is dropped: it may have crossed a cancel.
   *
   * @throws {PeerProtocolError} if the peer should not have sent it, as `Requests.dismiss`
   */
  receive(link: PeerLink, index: number, begin: number, block: Uint8Array): void {
    const nowMs = this.#options.clock.now();
    const received = { index, begin, length: block.length };
    const request = link.window.receive(received, nowMs);
    if (request === undefined) return this.#requests.dismiss(link, received);
    const { fresh, complete, isShared } = this.#plan.receive(request, block, link.key, nowMs);
    this.#receivedBytes += fresh;
    this.#orders.heard(index, nowMs);
    if (isShared) {
      const whole = { index, begin: 0, length: complete?.data.length ?? 0 };
      this.#requests.cancelEverywhere(complete === undefined ? request : whole);
    }
    if (complete !== undefined) this.#verifying.set(index, this.#verify(complete));
  }

  /** Takes back requests and orders for which nothing comes; should be called every second. */
  checkStalls(): void {
    this.#ordering.endStalled();
    this.#requests.giveUpStalled();
    this.#requests.handOver();
  }

  /** Carries out a write; what was not ordered waits where the disk is full, and nothing is asked for. */
  write<T>(work: () => Promise<T>): Promise<T> {
    return this.#disk.run(work);
  }

  /** Is done when every piece that was being verified has been; none waits for room from now on. */
  async settle(): Promise<void> {
    this.#disk.giveUp();
    await Promise.all(this.#verifying.values());
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
      this.#updateAll();
      return this.#options.onFailure(error);
    } finally {
      this.#verifying.delete(piece.index);
    }
    this.askAll();
  }

  /** Asks for what is wanted, which may be more than before. */
  #askAnew(): void {
    this.#updateAll();
    this.askAll();
  }

  #updateAll(): void {
    for (const link of this.#options.links.values()) this.#updateInterest(link);
  }

  #updateInterest(link: PeerLink): void {
    const isInterested = this.#state === "asking" && this.#options.motion.state === "going" &&
      this.#disk.wantsWrites && (this.#plan.isInteresting(link) ||
        link.isConducted && this.#wanted === "all" && !this.#plan.isComplete);
    if (link.amInterested === isInterested) return;
    link.amInterested = isInterested;
    link.session.outgoing.send({ type: isInterested ? "interested" : "not-interested" });
  }
}

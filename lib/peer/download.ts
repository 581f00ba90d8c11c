import type { PieceIndex } from "../bytes/mod.ts";
import type { Clock, PeerAddress } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import type { TorrentEvent } from "./events.ts";
import { ASSEMBLY_BUDGET, MAX_ACTIVE_PIECES } from "./limits.ts";
import type { PeerLink } from "./link.ts";
import { type ActivePiece, BlockBlame, DownloadPlan, type PeerKey } from "./policy/mod.ts";
import type { BlockRequest } from "./wire/mod.ts";

/** What a {@linkcode Download} needs. */
export interface DownloadOptions {
  /** Whether to ask for what is missing, or to leave the store as it is. */
  readonly intent: "fetch" | "serve";
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
  readonly #blame = new BlockBlame();
  readonly #verifying = new Set<Promise<void>>();
  #receivedBytes = 0;
  #state: "asking" | "silent";

  /** Makes the download of what the store does not hold. */
  constructor(options: DownloadOptions) {
    this.#options = options;
    this.#state = options.intent === "fetch" ? "asking" : "silent";
    const { info, held } = options.store;
    this.#plan = new DownloadPlan({
      layout: info.layout,
      held,
      maxActive: Math.min(MAX_ACTIVE_PIECES, Math.floor(ASSEMBLY_BUDGET / info.pieceLength)),
      random: options.random,
    });
  }

  /** Whether every piece is held. */
  get isComplete(): boolean {
    return this.#plan.isComplete;
  }

  /** Bytes of blocks that were received and were not there before. */
  get receivedBytes(): number {
    return this.#receivedBytes;
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

  /** Takes the requests back of a peer that chokes us. */
  choked(link: PeerLink): void {
    for (const request of link.window.clear()) this.#plan.release(request);
    this.#plan.pause(link.key);
  }

  /** Forgets a peer that has left. */
  leave(link: PeerLink): void {
    this.choked(link);
    this.#plan.leave(link.key, link.bits);
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
    if (isShared) {
      const whole = { index, begin: 0, length: complete?.data.length ?? 0 };
      this.#withdraw(complete === undefined ? request : whole);
    }
    if (complete === undefined) return;
    const verifying = this.#verify(complete).finally(() => this.#verifying.delete(verifying));
    this.#verifying.add(verifying);
  }

  /** Takes the requests back of peers that have stalled; should be called every second. */
  checkStalls(): void {
    const nowMs = this.#options.clock.now();
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
    const { store, onEvent, onFailure } = this.#options;
    const index = store.info.layout.pieceIndex(piece.index);
    const from = this.#addresses(piece);
    try {
      if (await store.put(index, piece.data) === "held") {
        const liars = this.#blame.passed(piece);
        this.#plan.markHeld(piece);
        this.#convict(liars);
        onEvent({ type: "held", index, from });
      } else {
        this.#plan.markMissing(index);
        onEvent({ type: "corrupt", index, from });
        this.#convict(this.#blame.failed(piece));
      }
    } catch (error) {
      this.#plan.markMissing(index);
      this.#state = "silent";
      return onFailure(error);
    }
    this.askAll();
  }

  /** Withdraws the requests for what has come. */
  #withdraw(range: BlockRequest): void {
    for (const link of this.#options.links.values()) {
      for (const request of link.window.inside(range)) {
        link.window.remove(request);
        this.#plan.release(request);
        link.session.outgoing.send({ type: "cancel", ...request });
      }
    }
  }

  #convict(keys: readonly PeerKey[]): void {
    for (const key of keys) {
      const link = this.#options.links.get(key);
      if (link !== undefined) this.#options.onConviction(link);
    }
  }

  #addresses(piece: ActivePiece): PeerAddress[] {
    const keys = new Set(piece.senders);
    return [...this.#options.links.values()]
      .filter((link) => keys.has(link.key))
      .map((link) => link.address);
  }

  #updateInterest(link: PeerLink): void {
    const isInterested = this.#state === "asking" && this.#plan.isInteresting(link.bits);
    if (link.amInterested === isInterested) return;
    link.amInterested = isInterested;
    link.session.outgoing.send({ type: isInterested ? "interested" : "not-interested" });
  }
}

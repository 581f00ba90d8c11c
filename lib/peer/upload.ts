import type { Clock } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import { MAX_BLOCK_LENGTH } from "./limits.ts";
import type { PeerLink } from "./link.ts";
import { Choker, type PeerKey } from "./policy/mod.ts";
import { type BlockRequest, PeerProtocolError } from "./wire/mod.ts";

/** Peers of a torrent that are served at once. */
export const UPLOAD_SLOTS = 16;

/** What an {@linkcode Upload} needs. */
export interface UploadOptions {
  /** Where the blocks are. */
  readonly store: PieceStore;
  /** The connected peers, live. */
  readonly links: ReadonlyMap<PeerKey, PeerLink>;
  /** Measures rates and turns. */
  readonly clock: Clock;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
}

/** Carries out the choker's decisions and takes the requests of those who are served. */
export class Upload {
  readonly #options: UploadOptions;
  readonly #choker: Choker;

  /** Makes an upload that serves nobody yet. */
  constructor(options: UploadOptions) {
    this.#options = options;
    this.#choker = new Choker({ slots: UPLOAD_SLOTS, random: options.random });
  }

  /** Chooses anew whom to serve; called every 10 s and whenever who is interested has changed. */
  rechoke(): void {
    const { store, links, clock } = this.#options;
    const nowMs = clock.now();
    const role = store.held.isFull ? "seeder" : "leecher";
    const peers = [...links.values()].map((link) => ({
      key: link.key,
      interest: link.peerInterested ? "interested" as const : "not-interested" as const,
      rate: role === "leecher" ? link.window.meter.rate(nowMs) : link.uploads.rate(nowMs),
      connectedMs: link.connectedMs,
    }));
    const chosen = this.#choker.choose(peers, role, nowMs);
    for (const link of links.values()) {
      if (link.amChoking !== chosen.has(link.key)) continue;
      link.amChoking = !link.amChoking;
      if (link.amChoking) link.session.outgoing.withdrawAll();
      link.session.outgoing.send({ type: link.amChoking ? "choke" : "unchoke" });
    }
  }

  /**
   * Takes a peer's request. One that crosses our choke is dropped, as BEP 3 has it.
   *
   * @throws {PeerProtocolError} if it asks for what cannot be: a piece that does not exist or is not
   * held, a range outside the piece, a block longer than agreed
   */
  request(link: PeerLink, request: BlockRequest): void {
    const { store } = this.#options;
    const { layout } = store.info;
    const { begin, length } = request;
    const isInside = request.index < layout.pieceCount && length > 0 &&
      begin + length <= layout.pieceSize(layout.pieceIndex(request.index));
    if (!isInside || length > Math.max(MAX_BLOCK_LENGTH, link.session.blockLength)) {
      throw new PeerProtocolError(
        `Cannot serve ${length} bytes at ${begin} of piece ${request.index}: there is no such block`,
      );
    }
    if (link.amChoking) return;
    const index = layout.pieceIndex(request.index);
    if (!store.held.has(index)) {
      throw new PeerProtocolError(`Cannot serve piece ${index}: it is not held`);
    }
    link.session.outgoing.serve({ index, begin, length });
  }
}

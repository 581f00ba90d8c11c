import type { Clock } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import { Guidance } from "./guidance.ts";
import { MAX_BLOCK_LENGTH } from "./limits.ts";
import type { PeerLink } from "./link.ts";
import { MetadataUpload } from "./metadata_upload.ts";
import type { Motion } from "./motion.ts";
import { Choker, type PeerKey } from "./policy/mod.ts";
import {
  ALLOWED_FAST_COUNT,
  allowedFastSet,
  type BlockRequest,
  PeerProtocolError,
} from "./wire/mod.ts";

/** Calls of {@linkcode Upload.tick} between two rounds of the choker (BEP 3: 10 s). */
const TICKS_PER_RECHOKE = 20;

/** Peers of a torrent that are served at once. */
export const UPLOAD_SLOTS = 16;

/** What an {@linkcode Upload} needs. */
export interface UploadOptions {
  /** Where the blocks are. */
  readonly store: PieceStore;
  /** The connected peers, live. */
  readonly links: ReadonlyMap<PeerKey, PeerLink>;
  /** Whether anybody is served at all now. */
  readonly motion: Pick<Motion, "state">;
  /** Measures rates and turns. */
  readonly clock: Clock;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
  /** Is aborted when nobody is to be served any more. */
  readonly signal: AbortSignal;
}

/** Carries out the choker's decisions and takes the requests of those who are served. */
export class Upload {
  readonly #options: UploadOptions;
  readonly #choker: Choker;
  /** Answers those who have no torrent file. */
  readonly metadata: MetadataUpload;
  /** Tells peers of our kind what to fetch here. */
  readonly guidance: Guidance;
  #ticks = 0;
  /** How peers were guided when those to be served were chosen last. */
  #guided: Guidance["state"] = "not conducting";

  /** Makes an upload that serves nobody yet. */
  constructor(options: UploadOptions) {
    this.#options = options;
    this.#choker = new Choker({ slots: UPLOAD_SLOTS, random: options.random });
    this.guidance = new Guidance(options);
    this.metadata = new MetadataUpload(options.store.info.rawInfo);
  }

  /** Chooses anew whom to serve every twentieth time; must be called twice a second. */
  tick(): void {
    if (++this.#ticks % TICKS_PER_RECHOKE === 0) this.rechoke();
    else this.#guide();
  }

  /** Chooses anew whom to serve; called every 10 s and whenever who is interested has changed. */
  rechoke(): void {
    const { store, links, clock } = this.#options;
    // Who is let in while there is nothing looks at it, and does not look again for a while.
    if (store.held.isEmpty && !this.#isSuspended) return;
    const nowMs = clock.now();
    // One who wants nothing more gets nothing back either.
    const role = store.held.count === store.wanted.count ? "seeder" : "leecher";
    const isOrdered = (link: PeerLink): boolean => link.isConducted || this.guidance.conducts(link);
    const peers = [...links.values()].filter((link) => !isOrdered(link)).map((link) => ({
      key: link.key,
      interest: link.peerInterested ? "interested" as const : "not-interested" as const,
      rate: role === "leecher" ? link.window.meter.rate(nowMs) : link.uploads.rate(nowMs),
      connectedMs: link.life.sinceMs,
    }));
    const chosen = this.#choker.choose(this.#isSuspended ? [] : peers, role, nowMs);
    for (const link of links.values()) {
      if (this.#isSuspended) this.#takeBack(link, () => true);
      const isServed = chosen.has(link.key) || !this.#isSuspended && isOrdered(link);
      if (link.amChoking !== isServed) continue;
      link.amChoking = !link.amChoking;
      link.session.outgoing.send({ type: link.amChoking ? "choke" : "unchoke" });
      if (link.amChoking) this.#takeBack(link, (index) => !link.fast.granted.has(index));
    }
    this.#guide();
  }

  /**
   * Lets a peer that has next to nothing fetch a few pieces while it is choked (BEP 6). Not one of our
   * own kind: those of one network would all be granted the same pieces, which the only seeder would
   * then send to each of them.
   */
  async grant(link: PeerLink): Promise<void> {
    const { session, fast } = link;
    const { infoHash, layout } = this.#options.store.info;
    const { pieceCount } = layout;
    const isOwnKind = session.extended.blockLength !== undefined;
    if (!session.isFast || isOwnKind || link.bits.count >= ALLOWED_FAST_COUNT) return;
    const chosen = await allowedFastSet({ host: session.remote.host, infoHash, pieceCount });
    for (const index of chosen) {
      fast.granted.set(index, layout.pieceSize(layout.pieceIndex(index)));
      session.outgoing.send({ type: "allowed-fast", index });
    }
  }

  /** Forgets a peer that has left, whose place another one may have. */
  leave(link: PeerLink): void {
    this.guidance.leave(link);
    this.rechoke();
  }

  /** Takes back the blocks of a piece that is not there any more. */
  lost(index: number): void {
    for (const link of this.#options.links.values()) {
      this.#takeBack(link, (queued) => queued === index);
    }
  }

  /** Takes a block back that a peer does not want any more. */
  cancel(link: PeerLink, request: BlockRequest): void {
    if (link.session.outgoing.withdraw(request)) this.#refuse(link, request);
  }

  /**
   * Takes a peer's request. What cannot be served now is rejected (BEP 6); without the fast extension
   * a request that crosses our choke is dropped, as BEP 3 has it, and one that crosses our
   * `lt_donthave` (BEP 54).
   *
   * @throws {PeerProtocolError} if it asks for what cannot be: a piece that does not exist, a range
   * outside the piece, a block longer than agreed, or a piece of which it cannot think that it is held
   */
  request(link: PeerLink, request: BlockRequest): void {
    const { store } = this.#options;
    const { layout } = store.info;
    const { session } = link;
    const { begin, length } = request;
    const isInside = request.index < layout.pieceCount && length > 0 &&
      begin + length <= layout.pieceSize(layout.pieceIndex(request.index));
    if (!isInside || length > Math.max(MAX_BLOCK_LENGTH, session.blockLength)) {
      throw new PeerProtocolError(
        `Cannot serve ${length} bytes at ${begin} of piece ${request.index}: there is no such block`,
      );
    }
    const index = layout.pieceIndex(request.index);
    const mayHave = !this.#isSuspended &&
      (!link.amChoking || this.#isGranted(link, { index, length }));
    if (mayHave && store.held.has(index)) {
      if (!session.outgoing.serve({ index, begin, length })) this.#refuse(link, request);
      return;
    }
    this.#refuse(link, request);
    if (link.amChoking || session.isFast || session.knows("lt_donthave")) return;
    throw new PeerProtocolError(`Cannot serve piece ${index}: it is not held`);
  }

  /** Makes what offers are due; whoever is conducted from now on is served. */
  #guide(): void {
    this.guidance.update();
    const { state } = this.guidance;
    if (state === this.#guided) return;
    this.#guided = state;
    this.rechoke();
  }

  get #isSuspended(): boolean {
    return this.#options.motion.state === "suspended";
  }

  /** Whether a peer may fetch a block while it is choked: once, and as long as it has hardly any. */
  #isGranted({ fast, bits }: PeerLink, { index, length }: Omit<BlockRequest, "begin">): boolean {
    const left = fast.granted.get(index) ?? 0;
    if (left < length || bits.count > ALLOWED_FAST_COUNT) return false;
    fast.granted.set(index, left - length);
    return true;
  }

  /** Takes back what waits to be sent of some pieces. */
  #takeBack(link: PeerLink, isTaken: (index: number) => boolean): void {
    for (const request of link.session.outgoing.withdrawAll(isTaken)) this.#refuse(link, request);
  }

  /** Answers a request that is not served, as the fast extension wants it; others wait for nothing. */
  #refuse({ session }: PeerLink, { index, begin, length }: BlockRequest): void {
    if (session.isFast) session.outgoing.send({ type: "reject", index, begin, length });
  }
}

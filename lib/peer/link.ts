import { Bitfield } from "../bytes/mod.ts";
import type { PeerAddress } from "../net/mod.ts";
import { MAX_OFFERED } from "./limits.ts";
import type { EventSource } from "./events.ts";
import { type PeerKey, RateMeter, RequestWindow, type Source } from "./policy/mod.ts";
import type { PeerSession } from "./session.ts";
import type { Guide } from "./wire/mod.ts";

/** What a {@linkcode PeerLink} begins with. */
export interface PeerLinkOptions {
  /** A number that no other link of the torrent has had. */
  readonly key: PeerKey;
  /** The connection. */
  readonly session: PeerSession;
  /** How many pieces the torrent has. */
  readonly pieceCount: number;
  /** The address that was dialled, if we dialled. */
  readonly dialled: PeerAddress | undefined;
  /** The time now. */
  readonly nowMs: number;
}

/** The stages of a link's life. */
export interface LinkLife {
  /** When it connected. */
  readonly sinceMs: number;
  /** Resolves when it is known what the peer has, or when it has gone. */
  readonly known: PromiseWithResolvers<void>;
  /** Resolves when it has gone. */
  readonly over: PromiseWithResolvers<void>;
}

/** A peer's part where one tells us what to fetch from others. */
export type ConductPart =
  /** It has none. */
  | { readonly part: "none" }
  /** We are to fetch from it what another one names. */
  | { readonly part: "conducted" }
  /** That was so until it had everything, as is seen from its pieces, or from that it guides us itself. */
  | { readonly part: "whole" }
  /** It tells us, since then. */
  | { readonly part: "conductor"; readonly sinceMs: number };

/** What the fast extension says of pieces (BEP 6), and our own `sl_guide` and `sl_conduct`. */
export interface FastPieces {
  /** Those that the peer lets us have while it chokes us, whether or not it has them. */
  readonly offered: Set<number>;
  /** Those of them that it has. */
  readonly allowed: Bitfield;
  /** Those that we let the peer have while we choke it, each with the bytes that it may have yet. */
  readonly granted: Map<number, number>;
  /** Those that we are to fetch from the peer, if it guides us, or another one conducts us; else absent. */
  guided?: Bitfield | undefined;
  /** Its part where one tells us what to fetch from others. */
  conduct: ConductPart;
  /** What it may be asked for but for what it has rejected, and when that is forgiven, if there is any. */
  rejection?: { readonly unrejected: Bitfield; readonly forgivenAtMs: number } | undefined;
}

/** A connected peer as one torrent sees it: the four bits of BEP 3, its pieces, its requests. */
export class PeerLink implements Source {
  readonly key: PeerKey;
  /** The connection. */
  readonly session: PeerSession;
  /** The address that was dialled, if we dialled. */
  readonly dialled: PeerAddress | undefined;
  /** The pieces that it has; replaced once, when its bitfield comes. */
  bits: Bitfield;
  readonly window: RequestWindow = new RequestWindow();
  /** What was sent to it. */
  readonly uploads: RateMeter = new RateMeter();
  /** When it connected, and what resolves when it is known what it has, or gone, and when it is gone. */
  readonly life: LinkLife;
  /** What the fast extension says of pieces. */
  readonly fast: FastPieces;
  /** Whether we do not serve it. */
  amChoking = true;
  /** Whether we want something of it. */
  amInterested = false;
  /** Whether it does not serve us. */
  peerChoking = true;
  /** Whether it wants something of us. */
  peerInterested = false;

  /** Makes the link of a peer of which nothing is known: choked and not interested, both ways. */
  constructor(options: PeerLinkOptions) {
    this.key = options.key;
    this.session = options.session;
    this.dialled = options.dialled;
    this.life = {
      sinceMs: options.nowMs,
      known: Promise.withResolvers(),
      over: Promise.withResolvers(),
    };
    this.bits = new Bitfield(options.pieceCount);
    this.fast = {
      offered: new Set(),
      allowed: new Bitfield(options.pieceCount),
      granted: new Map(),
      conduct: { part: "none" },
    };
  }

  /** Where the peer listens, as far as that is known, or else the other end of the connection. */
  get address(): PeerAddress {
    if (this.dialled !== undefined) return this.dialled;
    const { host, port } = this.session.remote;
    return { host, port: this.session.extended.port ?? port };
  }

  /** Whether it may want something of us: it has not all, and does not say that it wants nothing. */
  get isHungry(): boolean {
    return !this.bits.isFull && this.session.extended.appetite !== "nothing";
  }

  /** The pieces that it may be asked for now: what it has, or few of that while it chokes us (BEP 6). */
  get reach(): Bitfield {
    const { allowed, rejection, guided } = this.fast;
    return this.peerChoking ? allowed : rejection?.unrejected ?? guided ?? this.bits;
  }

  /** Whether another peer tells us what to fetch from it, which it need not have told us of. */
  get isConducted(): boolean {
    return this.fast.conduct.part === "conducted";
  }

  /** Whether the peer itself wants us to fetch some pieces from it, and nothing else. */
  get guides(): boolean {
    return this.fast.guided !== undefined && !this.isConducted;
  }

  /** Notes that it has one more piece; tells whether that is news. */
  gain(index: number): boolean {
    const { offered, allowed, rejection, guided } = this.fast;
    if (guided === undefined) rejection?.unrejected.set(index);
    if (offered.has(index)) allowed.set(index);
    const isNew = this.bits.set(index);
    if (this.isConducted && this.bits.isFull) {
      this.release();
      this.fast.conduct = { part: "whole" };
    }
    return isNew;
  }

  /** Notes that it has a piece no more; tells whether that is news. */
  lose(index: number): boolean {
    this.fast.allowed.clear(index);
    this.fast.rejection?.unrejected.clear(index);
    this.fast.guided?.clear(index);
    return this.bits.clear(index);
  }

  /** Notes that it lets us have a piece while it chokes us; of too many the later ones are not noted. */
  offer(index: number): void {
    const { offered, allowed } = this.fast;
    if (offered.size >= MAX_OFFERED) return;
    offered.add(index);
    if (this.bits.has(index)) allowed.set(index);
  }

  /** Notes that the peer may be asked for a piece in spite of its guidance. */
  allow(index: number): void {
    if (this.fast.guided === undefined) return;
    this.fast.guided.set(index);
    this.fast.rejection?.unrejected.set(index);
  }

  /** Notes that the peer is not to be asked for a piece any more that another one named of it. */
  forbid(index: number): void {
    if (!this.isConducted) return;
    this.fast.guided?.clear(index);
    this.fast.rejection?.unrejected.clear(index);
  }

  /**
   * Notes what the peer wants us to fetch from it, and gives those pieces that it has and did not name
   * before. What it named once it may always be asked for.
   */
  guide({ choice, pieces }: Guide): number[] {
    const isChange = this.isConducted ||
      (choice === "guided") !== (this.fast.guided !== undefined);
    // Only who has everything guides, and needs nobody to say what to fetch from him.
    if (this.isConducted) this.fast.conduct = { part: "whole" };
    if (isChange) {
      this.fast.guided = choice === "guided" ? new Bitfield(this.bits.length) : undefined;
      this.fast.rejection = undefined;
    }
    const { guided } = this.fast;
    return guided === undefined ? [] : pieces.filter((index) => {
      const isNew = this.bits.has(index) && !guided.has(index);
      if (isNew) this.allow(index);
      return isNew;
    });
  }

  /**
   * Notes what another peer wants us to fetch from this one, which need not have told us yet that it has
   * it: nothing else, unless this one guides us itself.
   */
  direct(pieces: readonly number[]): void {
    // Whoever has everything may be asked for what we like, and for this if it guides us itself.
    const isWhole = this.bits.isFull || this.fast.conduct.part === "whole";
    if (!isWhole && this.fast.guided === undefined) {
      this.fast.guided = new Bitfield(this.bits.length);
      this.fast.rejection = undefined;
      this.fast.conduct = { part: "conducted" };
    }
    for (const index of pieces) this.allow(index);
  }

  /** Notes that no other peer tells us what to fetch from this one any more, or this one from others. */
  release(): void {
    const { part } = this.fast.conduct;
    if (part === "whole") return;
    if (part === "conducted") {
      this.fast.guided = undefined;
      this.fast.rejection = undefined;
    }
    this.fast.conduct = { part: "none" };
  }

  /** Who this is, for events. */
  get source(): EventSource {
    return { peer: this.address, link: this.key };
  }

  /** Whether the peer listens at an address, as far as that is known. */
  isAt({ host, port }: PeerAddress): boolean {
    const { address, session } = this;
    // One that was dialled by its name is there by its IP address, too.
    return address.port === port && (address.host === host || session.remote.host === host);
  }
}

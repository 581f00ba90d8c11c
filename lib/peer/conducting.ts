import type { PeerId, PieceIndex } from "../bytes/mod.ts";
import { type Clock, sleep } from "../net/mod.ts";
import { MAX_CONDUCTED } from "./limits.ts";
import type { PeerLink } from "./link.ts";
import {
  Conductor,
  type ConductorOptions,
  OURSELVES,
  type PeerKey,
  type PieceOffer,
} from "./policy/mod.ts";
import { tellConduct, tellGuide } from "./tell_pieces.ts";

/** So few hosts do as well by themselves. */
const MIN_HOSTS = 12;

/** Files of more pieces a host are as fast without: the beginning, which gains most, is little of them. */
const MAX_PIECES_EACH = 16;

/** Hosts times pieces at most, for all of them are looked at again and again. */
const MAX_WORK = 20_480;

/** Between two decisions is so much time at least, in milliseconds, however many messages come. */
const MIN_SPACE_MS = 1;

/** And a millisecond for so many hosts times pieces: to find that there is nothing to name takes a tenth of that. */
const WORK_EACH_MS = 4_096;

/** What {@linkcode Conducting} needs. */
export interface ConductingOptions extends ConductorOptions {
  /** Measures how fast pieces come, and when to decide. */
  readonly clock: Clock;
  /** Is aborted when nothing is to be decided any more. */
  readonly signal: AbortSignal;
}

/** Whether it pays to conduct those of some peers that can be, if nearly all can, in fetching so many pieces. */
export function isWorthConducting(takers: readonly PeerLink[], pieceCount: number): boolean {
  const { length } = takers.filter(canBeConducted);
  return length >= MIN_HOSTS && length <= MAX_CONDUCTED && length * 4 >= takers.length * 3 &&
    pieceCount <= MAX_PIECES_EACH * length && pieceCount * length <= MAX_WORK;
}

/**
 * Tells peers of our kind what to fetch from each other (`sl_conduct`) and from us (`sl_guide`), as a
 * {@linkcode Conductor} decides.
 */
export class Conducting {
  readonly #links: ReadonlyMap<PeerKey, PeerLink>;
  readonly #clock: Clock;
  readonly #conductor: Conductor;
  readonly #pieceCount: number;
  readonly #conducted = new Set<PeerKey>();
  /** Those that choose for themselves what to fetch, also from us. */
  readonly #excused = new Set<PeerKey>();
  /** Those that want something. */
  #takers: readonly PeerLink[] = [];
  #decidedMs = -Infinity;
  /** Whether one waits until the last one is long enough ago. */
  #decision: "none" | "waits" = "none";
  readonly #ended = new AbortController();
  readonly #signal: AbortSignal;

  /** Makes one that conducts those of the connected peers, live, that it is told of. */
  constructor(links: ReadonlyMap<PeerKey, PeerLink>, options: ConductingOptions) {
    this.#links = links;
    this.#clock = options.clock;
    this.#conductor = new Conductor(options);
    this.#pieceCount = options.layout.pieceCount;
    this.#signal = AbortSignal.any([options.signal, this.#ended.signal]);
  }

  /** Begins to conduct some peers, to which these pieces are on offer already. */
  begin(takers: readonly PeerLink[], offers: readonly PieceOffer[]): void {
    const nowMs = this.#clock.now();
    for (const link of takers) this.#take(link);
    for (const { key, index } of offers) this.#conductor.adopt(key, index, nowMs);
  }

  /** Whether a peer is conducted, or was until it chose for itself, and so is served whenever it asks. */
  includes(key: PeerKey): boolean {
    return this.#conducted.has(key);
  }

  /** Notes that a peer has one more piece. */
  learn({ key }: PeerLink, index: PieceIndex): void {
    this.#conductor.gained(key, index, this.#clock.now());
  }

  /** Notes that a peer has lost a piece. */
  unlearn({ key }: PeerLink, index: PieceIndex): void {
    this.#conductor.lost(key, index);
  }

  /** Notes that a peer gets elsewhere what it was to fetch from us. */
  declined({ key }: PeerLink, pieces: readonly number[]): void {
    for (const index of pieces) this.#conductor.declined(key, index);
  }

  /** Notes that a peer chooses for itself what to fetch, also from us; tells whether that is news. */
  excuse(link: PeerLink): "noted" | "known" {
    if (this.#excused.has(link.key)) return "known";
    this.#excused.add(link.key);
    tellGuide(link, { choice: "free", pieces: [] });
    return "noted";
  }

  /** Those that choose for themselves what to fetch, also from us. */
  get excused(): ReadonlySet<PeerKey> {
    return this.#excused;
  }

  /** Notes that a peer does not get from another one what was named of it. */
  apart({ key }: PeerLink, peerId: PeerId): void {
    for (const other of this.#conducted) {
      const isMeant = this.#links.get(other)?.session.peerId === peerId;
      if (isMeant) this.#conductor.apart(key, other, this.#clock.now());
    }
  }

  /** Forgets a peer that has left. */
  leave({ key }: PeerLink): void {
    this.#conductor.leave(key);
    this.#conducted.delete(key);
    this.#excused.delete(key);
  }

  /**
   * Tells those that want something what to fetch, now or as soon as the last time is a few milliseconds ago;
   * who cannot be conducted chooses for himself.
   */
  update(takers: readonly PeerLink[]): void {
    for (const link of takers) this.#take(link);
    this.#takers = takers;
    if (this.#decision === "waits") return;
    const work = this.#conducted.size * this.#pieceCount;
    const spaceMs = Math.max(MIN_SPACE_MS, work / WORK_EACH_MS);
    const waitMs = this.#decidedMs + spaceMs - this.#clock.now();
    if (waitMs > 0) void this.#decideIn(waitMs);
    else this.#decide();
  }

  /** Lets all choose for themselves again. */
  end(): void {
    this.#ended.abort();
    for (const key of this.#conducted) {
      const link = this.#links.get(key);
      if (link !== undefined) tellConduct(link, { type: "free" });
    }
  }

  async #decideIn(waitMs: number): Promise<void> {
    this.#decision = "waits";
    await sleep(this.#clock, waitMs, this.#signal);
    this.#decision = "none";
    if (!this.#signal.aborted) this.#decide();
  }

  /** Tells those that are served, and do not choose for themselves, what to fetch now. */
  #decide(): void {
    const nowMs = this.#clock.now();
    const ready = new Set(
      this.#takers.filter(({ key, amChoking }) => !amChoking && !this.#excused.has(key))
        .map(({ key }) => key),
    );
    const isReady = (key: PeerKey): boolean => ready.has(key);
    for (
      let next = this.#conductor.next(isReady, nowMs);
      next !== undefined;
      next = this.#conductor.next(isReady, nowMs)
    ) {
      const { to, from, index } = next;
      const link = this.#links.get(to);
      const source = this.#links.get(from);
      if (link === undefined) continue;
      if (from === OURSELVES) {
        tellGuide(link, { choice: "guided", pieces: [index] });
      } else if (source !== undefined) {
        tellConduct(link, { type: "fetch", peerId: source.session.peerId, pieces: [index] });
      }
    }
    this.#decidedMs = this.#clock.now();
  }

  /** Begins to conduct a peer, if it can be: it fetches from the others what is named, and they from it. */
  #take(link: PeerLink): void {
    const { key, session, bits } = link;
    if (this.#conducted.has(key)) return;
    if (!canBeConducted(link) || this.#conducted.size >= MAX_CONDUCTED) {
      this.excuse(link);
      return;
    }
    this.#conductor.join(key, bits);
    for (const conducted of this.#conducted) {
      const other = this.#links.get(conducted);
      if (other === undefined) continue;
      tellConduct(link, { type: "fetch", peerId: other.session.peerId, pieces: [] });
      if (this.#excused.has(conducted)) continue;
      tellConduct(other, { type: "fetch", peerId: session.peerId, pieces: [] });
    }
    this.#conducted.add(key);
  }
}

/** Whether a peer takes what a conductor says, and can refuse what it does not have (BEP 6). */
function canBeConducted({ session }: PeerLink): boolean {
  return session.isFast && session.knows("sl_conduct");
}

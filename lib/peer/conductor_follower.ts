import type { PeerId, PieceIndex } from "../bytes/mod.ts";
import { MAX_CONDUCTED } from "./limits.ts";
import type { PeerLink } from "./link.ts";
import type { PeerKey } from "./policy/mod.ts";
import { tellConduct } from "./tell_pieces.ts";
import type { Conduct } from "./wire/mod.ts";

/**
 * If nothing that was named comes for so long, in milliseconds, we choose for ourselves what to fetch. Where
 * links are slow it may take some seconds until the first pieces have come to all.
 */
const PATIENCE_MS = 5_000;

/** How long we heed nobody after that, in milliseconds. */
const REST_MS = 60_000;

/** What is said of pieces that somebody names of another peer. */
export interface NamedPieces {
  /** From whom they are to be fetched. */
  readonly link: PeerLink;
  /** The pieces; none if we shall only fetch from it what is named. */
  readonly pieces: readonly PieceIndex[];
}

/**
 * Heeds the peer that says what to fetch from others (`sl_conduct`).
 *
 * It is heeded as long as nobody else that we know has everything, unless he got it in the same way: so one
 * that leads us astray keeps nothing from us that a seeder would give. One of whose pieces nothing comes
 * for five seconds is not heeded for a minute, nor is anybody else.
 */
export class ConductorFollower {
  /** The connected peers of which it is known what they have, live. */
  readonly #links: ReadonlyMap<PeerKey, PeerLink>;
  /** Those whom a conductor has told of and who are not connected, or not known, yet. */
  readonly #awaited = new Set<PeerId>();
  #restUntilMs = -Infinity;

  /** Makes one that heeds nobody yet. */
  constructor(links: ReadonlyMap<PeerKey, PeerLink>) {
    this.#links = links;
  }

  /** Takes what a peer says; gives what is to be asked of whom now, if it is heeded in that. */
  hear(conductor: PeerLink, conduct: Conduct, options: {
    readonly nowMs: number;
    readonly existingPiece: (index: number) => PieceIndex;
  }): NamedPieces | undefined {
    const { nowMs, existingPiece } = options;
    if (conduct.type === "free") this.#release(conductor);
    if (conduct.type !== "fetch") return undefined;
    const pieces = conduct.pieces.map(existingPiece);
    if (nowMs < this.#restUntilMs || !this.#mayBeHeeded(conductor)) {
      this.#refuse(conductor);
      return undefined;
    }
    if (conductor.fast.conduct.part !== "conductor") {
      for (const other of this.#of("conductor")) this.#refuse(other);
      conductor.fast.conduct = { part: "conductor", sinceMs: nowMs };
    }
    const link = this.#find(conduct.peerId);
    if (link === undefined && this.#awaited.size < MAX_CONDUCTED) this.#awaited.add(conduct.peerId);
    if (link === undefined || !this.#mayBeConducted(link)) {
      if (pieces.length > 0) tellConduct(conductor, { type: "apart", peerId: conduct.peerId });
      return undefined;
    }
    link.direct(pieces);
    return { link, pieces };
  }

  /** Notes that it is known now what a peer has, of whom a conductor may have told already. */
  join(link: PeerLink): void {
    const isMeant = this.#awaited.delete(link.session.peerId);
    if (isMeant && this.#mayBeConducted(link)) link.direct([]);
  }

  /** Tells who conducts us that a peer does not give what was named of it. */
  blame(link: PeerLink): void {
    const { peerId } = link.session;
    for (const conductor of this.#of("conductor")) {
      tellConduct(conductor, { type: "apart", peerId });
    }
  }

  /** Chooses for ourselves again where a conductor is of no use any more; should be called twice a second. */
  check(nowMs: number): void {
    for (const conductor of this.#of("conductor")) {
      const { conduct } = conductor.fast;
      const sinceMs = conduct.part === "conductor" ? conduct.sinceMs : nowMs;
      const others = [...this.#of("conducted"), ...this.#of("whole")];
      const movedMs = others.map(({ window }) => window.meter.movedMs);
      const isStuck = nowMs - Math.max(sinceMs, ...movedMs) >= PATIENCE_MS;
      if (isStuck) this.#restUntilMs = nowMs + REST_MS;
      if (isStuck || !this.#mayBeHeeded(conductor)) this.#refuse(conductor);
    }
  }

  /** Notes that a peer has left: if it conducted us, we choose for ourselves; others may come again. */
  leave(link: PeerLink): void {
    this.#release(link);
    const isToCome = link.isConducted && this.#of("conductor").length > 0;
    if (isToCome && this.#awaited.size < MAX_CONDUCTED) this.#awaited.add(link.session.peerId);
  }

  /** Chooses for ourselves again if it was this peer that conducted us. */
  #release(conductor: PeerLink): void {
    if (conductor.fast.conduct.part !== "conductor") return;
    conductor.release();
    this.#awaited.clear();
    for (const link of this.#of("conducted")) link.release();
  }

  /** Chooses for ourselves again, since nothing more is wanted. */
  end(): void {
    for (const conductor of this.#of("conductor")) this.#release(conductor);
  }

  #of(part: "conductor" | "conducted" | "whole"): PeerLink[] {
    return [...this.#links.values()].filter(({ fast }) => fast.conduct.part === part);
  }

  #find(peerId: PeerId): PeerLink | undefined {
    return [...this.#links.values()].find(({ session }) => session.peerId === peerId);
  }

  /** Whether a peer is the only one that has everything, but for those that got it under a conductor. */
  #mayBeHeeded(conductor: PeerLink): boolean {
    return conductor.bits.isFull &&
      [...this.#links.values()].every(({ fast, bits, key }) =>
        key === conductor.key || fast.conduct.part === "whole" || !bits.isFull
      );
  }

  /** Whether a peer can be asked for what it has not told of: it must know why, and say no if it has it not. */
  #mayBeConducted({ session, fast, isConducted }: PeerLink): boolean {
    return session.isFast && session.knows("sl_conduct") && fast.conduct.part !== "conductor" &&
      (isConducted || this.#of("conducted").length < MAX_CONDUCTED);
  }

  /** Tells a conductor that we choose for ourselves. */
  #refuse(conductor: PeerLink): void {
    tellConduct(conductor, { type: "free" });
    this.#release(conductor);
  }
}

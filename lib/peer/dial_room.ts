import type { Clock } from "../net/mod.ts";
import { MAX_HALF_OPEN } from "./limits.ts";

/** Who has asked for a place so long ago, and dials nobody, wants none any more, in milliseconds. */
const WANTED_MS = 2_000;

/** One of those who share the places. */
interface Claim {
  underWay: number;
  askedMs: number;
}

/**
 * The places for attempts to connect, of which there are {@linkcode MAX_HALF_OPEN}, shared alike among
 * the torrents of a node: one whose peers do not answer must not keep the others from theirs.
 *
 * Invariant: while several want places, one that has its share or more begins nothing, so that what
 * comes free goes to the others.
 */
export class DialRoom {
  readonly #clock: Clock;
  readonly #claims = new Map<string, Claim>();

  /** Makes room of which nobody has taken any. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many attempts are under way. */
  get underWay(): number {
    let count = 0;
    for (const claim of this.#claims.values()) count += claim.underWay;
    return count;
  }

  /** How many more attempts `name` may begin now; is asked only for one who has somebody to dial. */
  leftFor(name: string): number {
    const claim = this.#claimOf(name);
    claim.askedMs = this.#clock.now();
    this.#forgetOld();
    const share = Math.ceil(MAX_HALF_OPEN / this.#claims.size);
    return Math.min(share - claim.underWay, MAX_HALF_OPEN - this.underWay);
  }

  /** Takes a place, whether there is one or not, until the attempt is over. */
  take(name: string): Disposable {
    const claim = this.#claimOf(name);
    claim.underWay++;
    return { [Symbol.dispose]: () => claim.underWay-- };
  }

  #claimOf(name: string): Claim {
    let claim = this.#claims.get(name);
    if (claim === undefined) {
      claim = { underWay: 0, askedMs: -Infinity };
      this.#claims.set(name, claim);
    }
    return claim;
  }

  /** Forgets those who neither have places nor want any. */
  #forgetOld(): void {
    const wantedMs = this.#clock.now() - WANTED_MS;
    for (const [name, { underWay, askedMs }] of this.#claims) {
      if (underWay === 0 && askedMs < wantedMs) this.#claims.delete(name);
    }
  }
}

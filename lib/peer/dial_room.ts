import type { Clock } from "../net/mod.ts";
import { MAX_HALF_OPEN } from "./limits.ts";

/** Who has asked for a place longer ago wants none any more, in milliseconds. */
const WANTED_MS = 2_000;

/** One of those who share the places. */
interface Claim {
  underWay: number;
  askedMs: number;
  /** When it got a place last, by the count of all that were taken. */
  turn: number;
}

/**
 * The places for attempts to connect, of which there are {@linkcode MAX_HALF_OPEN}, shared alike among
 * the torrents of a node: one whose peers do not answer must not keep the others from theirs.
 *
 * Invariant: while several want places, one that has its share or more begins nothing, so that what
 * comes free goes to the others; those who have none come first, and of them who has waited longest.
 */
export class DialRoom {
  readonly #clock: Clock;
  readonly #claims = new Map<string, Claim>();
  #turns = 0;

  /** Makes room of which nobody has taken any. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many attempts are under way. */
  get underWay(): number {
    return sumUnderWay(this.#claims.values());
  }

  /**
   * How many more attempts `name` may begin now, where so many may be under way in all. To ask is to want
   * a place: only one who has somebody to dial, and may, should ask.
   */
  ask(name: string, limit = MAX_HALF_OPEN): number {
    const nowMs = this.#clock.now();
    const claim = this.#claimOf(name);
    claim.askedMs = nowMs;
    const wanting = [...this.#claims.values()].filter((one) => nowMs - one.askedMs <= WANTED_MS);
    const underWay = this.underWay;
    const shared = limit - underWay + sumUnderWay(wanting);
    const share = Math.ceil(shared / wanting.length);
    const earlier = wanting.filter((one) =>
      one !== claim && one.underWay === 0 && (claim.underWay > 0 || one.turn < claim.turn)
    );
    return Math.min(share - claim.underWay, limit - underWay - earlier.length);
  }

  /**
   * Takes a place, whether there is one or not, until the attempt is over. Who wants another one must ask
   * again.
   */
  take(name: string): Disposable {
    const claim = this.#claimOf(name);
    claim.underWay++;
    claim.turn = ++this.#turns;
    claim.askedMs = -Infinity;
    return {
      [Symbol.dispose]: () => {
        claim.underWay--;
        this.#forgetOld();
      },
    };
  }

  #claimOf(name: string): Claim {
    let claim = this.#claims.get(name);
    if (claim === undefined) {
      claim = { underWay: 0, askedMs: -Infinity, turn: this.#turns }; // the end of the line
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

function sumUnderWay(claims: Iterable<Claim>): number {
  let sum = 0;
  for (const { underWay } of claims) sum += underWay;
  return sum;
}

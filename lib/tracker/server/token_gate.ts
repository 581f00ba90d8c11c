import { Secret } from "../../bytes/mod.ts";
import { MAX_TOKEN_BYTES } from "../limits.ts";
import { Trusted } from "./trusted.ts";
import type { Bearer, Visitors } from "./visitors.ts";

const utf8 = new TextEncoder();

/** Why somebody is let in, or not. */
export type Verdict = "admitted" | "missing" | "wrong" | "shut out";

/** Lets in those who know the token, or everybody where there is none. All doors ask it. */
export class TokenGate {
  readonly #secret: Secret | undefined;
  readonly #visitors: Visitors;
  readonly #trusted = new Trusted();
  readonly #seeds = crypto.getRandomValues(new Uint32Array(2));

  /** Makes a gate for a token, or one that is open. */
  constructor(token: string | undefined, visitors: Visitors) {
    this.#visitors = visitors;
    if (token !== undefined) this.#secret = new Secret(utf8.encode(token), MAX_TOKEN_BYTES);
  }

  /** Whether everybody is let in. */
  get isOpen(): boolean {
    return this.#secret === undefined;
  }

  /**
   * Whether the gate opens; the time this takes tells nothing about the token. To an address
   * that has shown many wrong ones it stays shut for a while, whatever it shows, and nothing is compared:
   * but for those there who have shown the right one lately, by their peer ids.
   */
  check(candidate: string | undefined, bearer: Bearer): Verdict {
    if (this.#secret === undefined) return "admitted";
    if (candidate === undefined) return "missing";
    if (!this.#visitors.mayShowToken(bearer) && !this.#trusted.has(bearer)) return "shut out";
    const given = utf8.encode(candidate);
    if (this.#secret.is(given)) {
      this.#trusted.add(bearer);
      return "admitted";
    }
    this.#trusted.delete(bearer);
    this.#visitors.showedWrongToken(bearer, this.#fingerprintOf(given));
    return "wrong";
  }

  /** 64 bits that tell one wrong token from another, and that nobody can choose (FNV-1a, seeded). */
  #fingerprintOf(bytes: Uint8Array): string {
    return Array.from(this.#seeds, (seed) => {
      for (const byte of bytes) seed = Math.imul(seed ^ byte, 0x0100_0193);
      return (seed >>> 0).toString(36);
    }).join(" ");
  }
}

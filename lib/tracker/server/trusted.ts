import { networkOf } from "../../net/mod.ts";
import { MAX_TRUSTED, TRUST_MS } from "../limits.ts";
import type { Bearer } from "./visitors.ts";

/**
 * Who has shown the right token lately, by address and peer id together: a stranger at the address, who
 * guesses, does not know the id. One that shows a wrong token is forgotten. No more than so many are
 * remembered, those who came last.
 */
export class Trusted {
  /** When each showed the token, the latest last. */
  readonly #shownAtMs = new Map<string, number>();

  /** Those who are remembered. */
  get size(): number {
    return this.#shownAtMs.size;
  }

  /** Whether somebody has shown the right token within the last hour. */
  has(bearer: Bearer): boolean {
    const key = keyOf(bearer);
    const shownAtMs = key === undefined ? undefined : this.#shownAtMs.get(key);
    return shownAtMs !== undefined && bearer.nowMs - shownAtMs < TRUST_MS;
  }

  /** Takes down that somebody has shown the right token. */
  add(bearer: Bearer): void {
    const key = keyOf(bearer);
    if (key === undefined) return;
    this.#shownAtMs.delete(key);
    this.#shownAtMs.set(key, bearer.nowMs);
    if (this.#shownAtMs.size <= MAX_TRUSTED) return;
    for (const [oldest] of this.#shownAtMs) {
      this.#shownAtMs.delete(oldest);
      break;
    }
  }

  /** Forgets somebody, who has shown a wrong one. */
  delete(bearer: Bearer): void {
    const key = keyOf(bearer);
    if (key !== undefined) this.#shownAtMs.delete(key);
  }
}

function keyOf({ host, peerId }: Bearer): string | undefined {
  return peerId === undefined ? undefined : `${networkOf(host)} ${peerId}`;
}

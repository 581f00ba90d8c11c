import { type Clock, sleep } from "../../net/mod.ts";

/** How trackers are asked. */
export interface AskOptions {
  /** Measures how long one has been silent. */
  readonly clock: Clock;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** How long one may be silent before the next one is asked, too, in milliseconds. */
  readonly patienceMs: number;
  /** The one to begin with, whatever its tier: it is kept to until it fails. */
  readonly first?: string | undefined;
}

/** How asking one tracker ended. */
type Outcome<T> =
  | { readonly url: string; readonly type: "answered"; readonly answer: T }
  | { readonly url: string; readonly type: "failed"; readonly error: unknown };

/**
 * The trackers of a torrent, in tiers (BEP 12): those of a tier in an order of chance, and the next tier
 * only when none of a tier answers. One that answered is the first of its tier from then on.
 */
export class TrackerTiers {
  readonly #tiers: string[][];

  /** Takes the announce URLs of each tier. */
  constructor(tiers: readonly (readonly string[])[], random: () => number) {
    this.#tiers = tiers.filter((tier) => tier.length > 0).map((tier) => shuffled(tier, random));
  }

  /** All of them, in the order in which they are tried now. */
  get urls(): readonly string[] {
    return this.#tiers.flat();
  }

  /**
   * Tries one after the other until one answers. One that is silent for too long goes on being asked
   * while the next one has its turn; the first answer ends all other attempts.
   *
   * @throws {AggregateError} if none answers; it has the error of each
   */
  async firstOf<T>(
    ask: (url: string, signal: AbortSignal) => Promise<T>,
    { clock, signal, patienceMs, first }: AskOptions,
  ): Promise<{ readonly url: string; readonly answer: T }> {
    const errors: unknown[] = [];
    const waiting = [
      ...this.urls.filter((url) => url === first),
      ...this.urls.filter((url) => url !== first),
    ];
    const running = new Map<string, Promise<Outcome<T>>>();
    const over = new AbortController();
    const stop = (): void => over.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (waiting.length > 0 || running.size > 0) {
        signal.throwIfAborted();
        const url = waiting.shift();
        if (url !== undefined) running.set(url, outcomeOf(url, ask, over.signal));
        const patience = new AbortController();
        const turns = waiting.length === 0
          ? []
          : [sleep(clock, patienceMs, patience.signal).then(() => undefined)];
        const outcome = await Promise.race([...running.values(), ...turns]);
        patience.abort();
        if (outcome === undefined) continue;
        running.delete(outcome.url);
        if (outcome.type === "answered") {
          this.#prefer(outcome.url);
          return { url: outcome.url, answer: outcome.answer };
        }
        errors.push(outcome.error);
      }
    } finally {
      over.abort();
      signal.removeEventListener("abort", stop);
    }
    signal.throwIfAborted();
    throw new AggregateError(errors, "none of the trackers answers");
  }

  #prefer(url: string): void {
    for (const tier of this.#tiers) {
      const index = tier.indexOf(url);
      if (index === -1) continue;
      tier.splice(index, 1);
      tier.unshift(url);
      return;
    }
  }
}

/** Asks one tracker; never rejects. */
async function outcomeOf<T>(
  url: string,
  ask: (url: string, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<Outcome<T>> {
  try {
    return { url, type: "answered", answer: await ask(url, signal) };
  } catch (error) {
    return { url, type: "failed", error };
  }
}

function shuffled(urls: readonly string[], random: () => number): string[] {
  const order = [...urls];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

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
   * Tries one after the other until one answers.
   *
   * @throws {AggregateError} if none does; it has the error of each
   */
  async firstOf<T>(
    ask: (url: string) => Promise<T>,
    signal: AbortSignal,
  ): Promise<{ readonly url: string; readonly answer: T }> {
    const errors: unknown[] = [];
    for (const tier of this.#tiers) {
      for (const url of [...tier]) {
        try {
          const answer = await ask(url);
          tier.splice(tier.indexOf(url), 1);
          tier.unshift(url);
          return { url, answer };
        } catch (error) {
          signal.throwIfAborted();
          errors.push(error);
        }
      }
    }
    throw new AggregateError(errors, "none of the trackers answers");
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

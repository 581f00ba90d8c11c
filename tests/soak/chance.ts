import { randomBelow, randomBytes, seededRandom } from "../bytes/seeded_random.ts";

/**
 * What is left to chance for one of those who take part. It depends on the seed and on a name alone,
 * never on what others draw or when: whatever the network does, the nth fault of a kind, the nth
 * download at a place and the nth connection over a link are the same for the same seed.
 */
export class Chance {
  readonly random: () => number;
  readonly #seed: number;
  readonly #name: string;

  constructor(seed: number, name = "soak") {
    this.#seed = seed;
    this.#name = name;
    this.random = seededRandom(mix(`${seed}/${name}`));
  }

  /** Another one, for a part of what this one is for. */
  of(name: string): Chance {
    return new Chance(this.#seed, `${this.#name}/${name}`);
  }

  /** A whole number from 0 up to but not including `below`. */
  below(below: number): number {
    return randomBelow(this.random, below);
  }

  /** Bytes of no pattern. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    return randomBytes(this.random, length);
  }

  /** One of some things. */
  pick<T>(all: readonly T[]): T {
    const one = all[this.below(all.length)];
    if (one === undefined) throw new Error("there is nothing to choose from");
    return one;
  }

  /** The same things in another order. */
  shuffled<T>(all: readonly T[]): T[] {
    return all.map((one) => ({ one, key: this.random() }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ one }) => one);
  }
}

/** A number of 32 bits for a text (FNV-1a). */
function mix(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash;
}

import { randomBelow } from "../bytes/seeded_random.ts";

/** Numbers at which something ends: those of signs, of 8 to 64 bits, and of what a double counts. */
export const EDGES: readonly bigint[] = [
  0n,
  1n,
  -1n,
  2n,
  127n,
  128n,
  255n,
  256n,
  ...[14n, 15n, 16n, 20n, 21n, 31n, 32n, 52n, 53n, 63n, 64n].flatMap((bits) => [
    2n ** bits - 1n,
    2n ** bits,
    2n ** bits + 1n,
  ]),
  -(2n ** 31n),
  -(2n ** 53n),
  -(2n ** 63n),
  10n ** 30n,
];

/** One of a list, which is not empty. */
export function pick<T>(random: () => number, items: readonly T[]): T {
  return items[randomBelow(random, items.length)]!;
}

/** A number at an edge, or one beside it. */
export function edge(random: () => number): bigint {
  return pick(random, EDGES) + BigInt(randomBelow(random, 3) - 1);
}

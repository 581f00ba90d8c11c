import { assert, assertEquals, assertThrows } from "@std/assert";
import { MAX_ADDRESS_RANGES } from "../../lib/net/limits.ts";
import { RangeTableBuilder, type WordCount } from "../../lib/net/range_table.ts";
import { randomBelow, seededRandom } from "../bytes/seeded_random.ts";

type Range = readonly [first: number[], last: number[]];

/** A number below 2^12 spread over all words, so that each of them decides now and then. */
function spread(words: WordCount, number: number): number[] {
  if (words === 1) return [number * 1_048_573];
  return [9, 6, 3, 0].map((shift) => ((number >>> shift) & 7) * 536_870_911);
}

function pure(name: string, fn: () => void): void {
  Deno.test({ name: `A table of ranges ${name}`, permissions: "none", fn });
}

for (const words of [1, 4] as const) {
  pure(`of ${words} words answers as a list of ranges does that is gone through`, () => {
    const random = seededRandom(words);
    for (let round = 0; round < 100; round++) {
      const builder = new RangeTableBuilder(words);
      const ranges: Range[] = [];
      for (let left = randomBelow(random, 40); left > 0; left--) {
        const first = randomBelow(random, 4_096);
        const last = Math.min(4_095, first + randomBelow(random, randomBelow(random, 200) + 1));
        ranges.push([spread(words, first), spread(words, last)]);
        builder.add(...ranges.at(-1)!);
      }
      const table = builder.build();
      assert(table.size <= ranges.length);
      const borders = ranges.flatMap(([first, last]) => [first, last]);
      const others = Array.from(
        { length: 200 },
        () => spread(words, randomBelow(random, 4_096)),
      );
      for (const number of [...borders, ...others].flatMap(withNeighbours)) {
        const expected = ranges.some(([first, last]) =>
          !isBelow(number, first) && !isBelow(last, number)
        );
        if (table.includes(number) === expected) continue;
        throw new Error(`not ${expected} of ${number} in ${JSON.stringify(ranges)}`);
      }
    }
  });
}

pure("joins ranges that overlap, and keeps apart those that do not", () => {
  const builder = new RangeTableBuilder(1);
  for (const [first, last] of [[50, 60], [0, 9], [5, 20], [6, 7], [61, 61], [20, 20]]) {
    builder.add([first!], [last!]);
  }
  assertEquals(builder.build().size, 3);
});

pure("includes nothing if there are no ranges, and everything if there is one of all", () => {
  const all = new RangeTableBuilder(4);
  assert(!all.build().includes([0, 0, 0, 0]));
  all.add([0, 0, 0, 0], Array<number>(4).fill(0xffffffff));
  assert(all.build().includes([0xffffffff, 0xffffffff, 0, 1]));
});

pure("takes no more ranges than there is room for in its numbers", () => {
  const builder = new RangeTableBuilder(1);
  // All at one place, so that building it takes no time.
  for (let count = 0; count < MAX_ADDRESS_RANGES; count++) builder.add([7], [7]);
  assertThrows(() => builder.add([7], [7]), RangeError, "more than 2097152 ranges");
});

function isBelow(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((word, index) => word !== other[index]);
  return at >= 0 && one[at]! < other[at]!;
}

/** A number and those that differ from it by one in the last word. */
function withNeighbours(number: number[]): number[][] {
  const last = number.at(-1)!;
  return [last - 1, last, last + 1].filter((word) => word >= 0 && word <= 0xffffffff)
    .map((word) => [...number.slice(0, -1), word]);
}

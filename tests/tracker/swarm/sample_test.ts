import { assert, assertEquals } from "@std/assert";
import { sample } from "../../../lib/tracker/swarm/mod.ts";
import { seededRandom } from "../../bytes/seeded_random.ts";

const ITEMS: readonly number[] = Array.from({ length: 10 }, (_, item) => item);

Deno.test({
  name: "a sample has as many different items as asked for, or all there are",
  permissions: "none",
  fn() {
    const random = seededRandom(1);
    for (let count = 0; count <= 12; count++) {
      const chosen = sample(ITEMS, count, random);
      assertEquals(new Set(chosen).size, Math.min(count, ITEMS.length));
      assertEquals(chosen.length, Math.min(count, ITEMS.length));
      assert(chosen.every((item) => ITEMS.includes(item)));
    }
  },
});

Deno.test({
  name: "each item is as likely to be in a sample as any other",
  permissions: "none",
  fn() {
    const random = seededRandom(2);
    const times = new Array<number>(ITEMS.length).fill(0);
    for (let round = 0; round < 10_000; round++) {
      for (const item of sample(ITEMS, 3, random)) times[item] = (times[item] ?? 0) + 1;
    }
    for (const count of times) assert(Math.abs(count - 3000) < 200, `${times}`);
  },
});

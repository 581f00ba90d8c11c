import { assert, assertEquals } from "@std/assert";
import { Backoff } from "../../lib/net/mod.ts";
import { seededRandom } from "../bytes/seeded_random.ts";

function waits(options: { random: () => number; count: number }): number[] {
  const backoff = new Backoff({ minMs: 100, maxMs: 1000, random: options.random });
  return Array.from({ length: options.count }, () => backoff.next());
}

Deno.test({
  name: "Backoff doubles from the shortest wait to the longest and stays there",
  permissions: "none",
  fn() {
    assertEquals(waits({ random: () => 1, count: 7 }), [100, 200, 400, 800, 1000, 1000, 1000]);
    assertEquals(waits({ random: () => 0, count: 6 }), [50, 100, 200, 400, 500, 500]);
  },
});

Deno.test({
  name: "Backoff spreads each wait over the upper half of its length",
  permissions: "none",
  fn() {
    const random = seededRandom(30);
    const seen = new Set<number>();
    for (let round = 0; round < 200; round++) {
      waits({ random, count: 8 }).forEach((ms, at) => {
        const longest = Math.min(1000, 100 * 2 ** at);
        assert(ms >= longest / 2 && ms < longest, `wait ${at} is ${ms} of ${longest} ms`);
        seen.add(Math.floor(10 * ms / longest));
      });
    }
    assertEquals([...seen].sort(), [5, 6, 7, 8, 9]);
  },
});

Deno.test({
  name: "Backoff.reset() starts again with the shortest wait",
  permissions: "none",
  fn() {
    const backoff = new Backoff({ minMs: 100, maxMs: 1000, random: () => 1 });
    backoff.reset();
    for (let round = 0; round < 3; round++) {
      assertEquals([backoff.next(), backoff.next(), backoff.next()], [100, 200, 400]);
      backoff.reset();
    }
  },
});

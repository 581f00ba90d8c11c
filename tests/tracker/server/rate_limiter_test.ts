import { assertEquals } from "@std/assert";
import { RateLimiter } from "../../../lib/tracker/server/rate_limiter.ts";

Deno.test({
  name: "a burst passes at once, what follows waits its turn, and a rest makes room again",
  permissions: "none",
  fn() {
    const limiter = new RateLimiter({ burst: 3, perSecond: 10 }, 0);
    const waits = (count: number, nowMs: number): number[] =>
      Array.from({ length: count }, () => limiter.take(nowMs));
    assertEquals(waits(5, 0), [0, 0, 0, 100, 200]);
    assertEquals(waits(2, 200), [100, 200]);
    assertEquals(waits(1, 600), [0]);
    assertEquals(waits(5, 1_000_000), [0, 0, 0, 100, 200]);
    assertEquals([limiter.take(2_000_000, 2.5), limiter.take(2_000_000, 1.5)], [0, 100]);
  },
});

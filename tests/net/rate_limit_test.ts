import { assert, assertEquals, assertThrows } from "@std/assert";
import { FakeClock, RateLimit } from "../../lib/net/mod.ts";

const ALIVE = new AbortController().signal;

Deno.test({
  name: "RateLimit keeps the rate on the long run, also when many share it",
  permissions: "none",
  async fn() {
    for (const takers of [1, 7]) {
      const clock = new FakeClock();
      const limit = new RateLimit({ bytesPerSecond: 100_000, clock });
      let taken = 0;
      const stop = new AbortController();
      const taking = Array.from({ length: takers }, async () => {
        while (true) {
          await limit.take(5_000, stop.signal);
          if (stop.signal.aborted) return;
          taken += 5_000;
        }
      });
      await clock.advance(10_000);
      assert(taken >= 980_000 && taken <= 1_030_000, `${takers} took ${taken} bytes in 10 s`);
      stop.abort();
      await Promise.all(taking);
      assertEquals(clock.pending, 0);
    }
  },
});

Deno.test({
  name: "RateLimit saves up no more than a tenth of a second while nothing is taken",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const limit = new RateLimit({ bytesPerSecond: 10_000, clock });
    await clock.advance(3_600_000);
    let taken = 0;
    const taking = (async () => {
      for (; taken < 50; taken++) await limit.take(100, ALIVE);
    })();
    await clock.advance(0);
    assert(taken >= 10 && taken <= 12, `${taken} of 100 bytes each went at once`);
    await clock.advance(200);
    assert(taken >= 30 && taken <= 32, `${taken} after a fifth of a second`);
    await clock.advance(10_000);
    await taking;
  },
});

Deno.test({
  name: "RateLimit lets a chunk of many seconds pass at once, and the next one waits for it",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const limit = new RateLimit({ bytesPerSecond: 1_000, clock });
    await limit.take(5_100, ALIVE);
    let passedMs: number | undefined;
    const next = limit.take(1, ALIVE).then(() => passedMs = clock.now());
    await clock.advance(4_900);
    assertEquals(passedMs, undefined);
    await clock.advance(200);
    assert(passedMs !== undefined && passedMs >= 4_990 && passedMs <= 5_010, `at ${passedMs} ms`);
    await next;
  },
});

Deno.test({
  name: "RateLimit.take() ends at once when its signal is aborted, and leaves no timer",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const limit = new RateLimit({ bytesPerSecond: 1, clock });
    await limit.take(1_000_000, ALIVE);
    const controller = new AbortController();
    const waiting = limit.take(1, controller.signal);
    await clock.advance(1_000);
    assertEquals(clock.pending, 1);
    controller.abort();
    await waiting;
    assertEquals(clock.pending, 0);
  },
});

Deno.test({
  name: "RateLimit keeps to another rate as soon as it is changed, also for those who wait",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const limit = new RateLimit({ bytesPerSecond: 1, clock });
    await limit.take(1_000_000, ALIVE);
    let taken = 0;
    const taking = (async () => {
      for (; taken < 300; taken++) await limit.take(1_000, ALIVE);
    })();
    await clock.advance(60_000);
    assertEquals(taken, 0);
    limit.change(10_000);
    assertEquals([limit.bytesPerSecond, limit.isLimited], [10_000, true]);
    await clock.advance(10_000);
    assert(taken >= 98 && taken <= 103, `${taken} of 1,000 bytes each in 10 s`);
    limit.change(1_000);
    const before = taken;
    await clock.advance(10_000);
    assert(taken - before >= 9 && taken - before <= 12, `${taken - before} at a tenth of the rate`);
    limit.change(Infinity);
    await clock.advance(0);
    await taking;
    assertEquals([taken, limit.isLimited, clock.pending], [300, false, 0]);
  },
});

Deno.test({
  name: "RateLimit that begins without a limit takes no time until it has one",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const limit = new RateLimit({ bytesPerSecond: Infinity, clock });
    const pace = limit.paceUntil(ALIVE);
    assertEquals(pace.isLimited, false);
    for (let time = 0; time < 10; time++) await pace.take(1e12);
    limit.change(1_000);
    assertEquals(pace.isLimited, true);
    let taken = 0;
    const taking = (async () => {
      for (; taken < 10; taken++) await pace.take(1_000);
    })();
    await clock.advance(5_000);
    assert(taken >= 5 && taken <= 7, `${taken} after 5 s`);
    await clock.advance(10_000);
    await taking;
    for (const rate of [0, -1, NaN]) assertThrows(() => limit.change(rate), RangeError, "more");
  },
});

Deno.test({
  name: "RateLimit is overdrawn from a chunk that is more than there was until that is made up for",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const limit = new RateLimit({ bytesPerSecond: 1_000, clock });
    assert(!limit.isOverdrawn);
    await limit.take(600, new AbortController().signal);
    assert(limit.isOverdrawn);
    await clock.advance(499);
    assert(limit.isOverdrawn);
    await clock.advance(1);
    assert(!limit.isOverdrawn);
    limit.change(Infinity);
    await limit.take(1e9, new AbortController().signal);
    assert(!limit.isOverdrawn);
  },
});

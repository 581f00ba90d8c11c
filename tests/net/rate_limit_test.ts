import { assert, assertEquals } from "@std/assert";
import { FakeClock, RateLimit, RateLimitStream } from "../../lib/net/mod.ts";

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
  name: "RateLimitStream passes every byte on, in order, no faster than the limit",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const limit = new RateLimit({ bytesPerSecond: 1_000, clock });
    const chunks = Array.from({ length: 30 }, (_, at) => new Uint8Array(100).fill(at));
    const passed: { ms: number; chunk: Uint8Array }[] = [];
    const piping = ReadableStream.from(chunks)
      .pipeThrough(new RateLimitStream(limit, ALIVE))
      .pipeTo(
        new WritableStream({ write: (chunk) => void passed.push({ ms: clock.now(), chunk }) }),
      );
    await clock.advance(10_000);
    await piping;
    assertEquals(passed.map(({ chunk }) => chunk), chunks);
    for (const [at, { ms }] of passed.entries()) {
      assert((at + 1) * 100 <= 300 + ms, `${(at + 1) * 100} bytes after ${ms} ms`);
    }
    assert((passed.at(-1)?.ms ?? 0) < 3_000);
  },
});

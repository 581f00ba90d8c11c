import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { FakeClock, setRepeating, sleep, systemClock } from "../../lib/net/mod.ts";

/** Notes the moment at which a promise is settled. */
function moment(clock: FakeClock, promise: Promise<void>): { ms: number | undefined } {
  const settled: { ms: number | undefined } = { ms: undefined };
  promise.then(() => settled.ms = clock.now());
  return settled;
}

Deno.test({
  name: "sleep() ends after its time, on the clock that it was given",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const settled = moment(clock, sleep(clock, 100));
    await clock.advance(99);
    assertEquals(settled.ms, undefined);
    await clock.advance(1);
    assertEquals(settled.ms, 100);
    assertEquals(clock.pending, 0);
  },
});

Deno.test({
  name: "sleep() ends early when its signal is aborted, and leaves no timer",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const controller = new AbortController();
    const settled = moment(clock, sleep(clock, 100, controller.signal));
    await clock.advance(40);
    controller.abort();
    await clock.advance(0);
    assertEquals(settled.ms, 40);
    assertEquals(clock.pending, 0);
    await sleep(clock, 100, controller.signal);
    assertEquals(clock.pending, 0);
  },
});

Deno.test({
  name: "setRepeating() runs at each interval until it is disposed of, also from inside",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const outer: number[] = [];
    const inner: number[] = [];
    const first = setRepeating(clock, () => outer.push(clock.now()), 10);
    const second = setRepeating(clock, () => {
      if (inner.push(clock.now()) === 2) second[Symbol.dispose]();
    }, 10);
    await clock.advance(35);
    first[Symbol.dispose]();
    await clock.advance(100);
    assertEquals(outer, [10, 20, 30]);
    assertEquals(inner, [10, 20]);
    assertEquals(clock.pending, 0);
  },
});

Deno.test({
  name: "systemClock runs a timer no earlier than asked, and never goes back",
  permissions: "none",
  async fn() {
    const start = systemClock.now();
    await sleep(systemClock, 20);
    // The runtime's timers count whole milliseconds.
    assertGreaterOrEqual(systemClock.now() - start, 19);
    let last = systemClock.now();
    for (let reading = 0; reading < 1000; reading++) {
      const now = systemClock.now();
      assert(now >= last);
      last = now;
    }
  },
});

Deno.test({
  name: "systemClock does not take a month or for ever for no time at all",
  permissions: "none",
  async fn() {
    const ran: number[] = [];
    const timers = [30 * 24 * 3600 * 1000, 2 ** 31, 2 ** 53, Infinity]
      .map((ms) => systemClock.setTimer(() => ran.push(ms), ms));
    await sleep(systemClock, 10);
    for (const timer of timers) timer[Symbol.dispose]();
    assertEquals(ran, []);
  },
});

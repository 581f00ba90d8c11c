import { assertEquals } from "@std/assert";
import { FakeClock } from "../../../lib/net/mod.ts";
import { Alarm } from "../../../lib/tracker/client/alarm.ts";

const NEVER = new AbortController().signal;

/** When an alarm rang, as it turns out. */
function watch(clock: FakeClock, alarm: Alarm, signal = NEVER): { rangAtMs: number | undefined } {
  const seen: { rangAtMs: number | undefined } = { rangAtMs: undefined };
  void alarm.wait(signal).then(() => {
    seen.rangAtMs = clock.now();
  });
  return seen;
}

Deno.test("an alarm rings when the first of its times has come, and once", async () => {
  const clock = new FakeClock();
  using alarm = new Alarm(clock);
  alarm.within(500);
  alarm.within(300);
  alarm.within(400);
  const first = watch(clock, alarm);
  await clock.advance(299);
  assertEquals(first.rangAtMs, undefined);
  await clock.advance(1);
  assertEquals(first.rangAtMs, 300);
  const second = watch(clock, alarm);
  await clock.advance(1000);
  assertEquals(second.rangAtMs, undefined);
  alarm.within(50);
  await clock.advance(50);
  assertEquals(second.rangAtMs, 1350);
});

Deno.test("an alarm that rang before anybody waited is heard by the next who does", async () => {
  const clock = new FakeClock();
  using alarm = new Alarm(clock);
  alarm.within(0);
  await clock.advance(100);
  const seen = watch(clock, alarm);
  await clock.advance(0);
  assertEquals(seen.rangAtMs, 100);
});

Deno.test("a wait ends with its signal, and a set alarm leaves no timer when disposed of", async () => {
  const clock = new FakeClock();
  const alarm = new Alarm(clock);
  const controller = new AbortController();
  const seen = watch(clock, alarm, controller.signal);
  controller.abort();
  await clock.advance(0);
  assertEquals(seen.rangAtMs, 0);
  assertEquals(watch(clock, alarm, controller.signal).rangAtMs, undefined);
  await clock.advance(0);
  alarm.within(100);
  assertEquals(clock.pending, 1);
  alarm[Symbol.dispose]();
  assertEquals(clock.pending, 0);
});

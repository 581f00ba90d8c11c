import { assertEquals } from "@std/assert";
import { FakeClock } from "../../lib/net/mod.ts";
import { randomBelow, seededRandom } from "../bytes/seeded_random.ts";

Deno.test({
  name: "FakeClock stands still until it is advanced",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    assertEquals(clock.now(), 0);
    await clock.advance(1500);
    assertEquals(clock.now(), 1500);
    await clock.advance(0);
    assertEquals(clock.now(), 1500);
  },
});

Deno.test({
  name: "FakeClock runs each timer once, at its moment, in order of time and then of creation",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const random = seededRandom(40);
    const ran: { due: number; id: number }[] = [];
    const set = Array.from({ length: 100 }, (_, id) => ({ due: randomBelow(random, 50), id }));
    for (const { due, id } of set) {
      clock.setTimer(() => {
        assertEquals(clock.now(), due);
        ran.push({ due, id });
      }, due);
    }
    assertEquals(clock.pending, 100);
    await clock.advance(24);
    assertEquals(ran.length, set.filter(({ due }) => due <= 24).length);
    await clock.advance(1000);
    assertEquals(ran, set.sort((a, b) => a.due - b.due || a.id - b.id));
    assertEquals(clock.pending, 0);
  },
});

Deno.test({
  name: "FakeClock runs a timer on the last millisecond of an advance, and none after it",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const ran: string[] = [];
    clock.setTimer(() => ran.push("at 10"), 10);
    clock.setTimer(() => ran.push("at 11"), 11);
    clock.setTimer(() => ran.push("in the past"), -5);
    await clock.advance(10);
    assertEquals(ran, ["in the past", "at 10"]);
    assertEquals(clock.pending, 1);
  },
});

Deno.test({
  name: "FakeClock never runs a timer that was disposed of, also by another timer",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const ran: string[] = [];
    const early = clock.setTimer(() => ran.push("early"), 5);
    const late = clock.setTimer(() => ran.push("late"), 20);
    clock.setTimer(() => late[Symbol.dispose](), 10);
    early[Symbol.dispose]();
    early[Symbol.dispose]();
    await clock.advance(100);
    assertEquals(ran, []);
    assertEquals(clock.pending, 0);
  },
});

Deno.test({
  name: "FakeClock runs the timers that timers set, within the same advance",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const at: number[] = [];
    clock.setTimer(function again(): void {
      at.push(clock.now());
      clock.setTimer(again, 10);
    }, 10);
    await clock.advance(45);
    assertEquals(at, [10, 20, 30, 40]);
    await clock.advance(5);
    assertEquals(at, [10, 20, 30, 40, 50]);
  },
});

Deno.test({
  name: "FakeClock lets promises and streams run dry before the next timer",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const steps: string[] = [];
    clock.setTimer(async () => {
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      for await (const part of ReadableStream.from(["a", "b"])) steps.push(part);
      clock.setTimer(() => steps.push("timer set after waiting"), 1);
    }, 10);
    clock.setTimer(() => steps.push("next timer"), 12);
    await clock.advance(20);
    assertEquals(steps, ["a", "b", "timer set after waiting", "next timer"]);
  },
});

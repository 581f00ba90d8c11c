import { assert, assertEquals, assertThrows } from "@std/assert";
import { PromptCalls } from "../../lib/storage/prompt_calls.ts";

/** Calls on a disk that takes as long as it is told to, in milliseconds. */
function openCalls() {
  let nowMs = 0;
  const calls = new PromptCalls(() => nowMs);
  const make = (ms: number) => calls.make(() => nowMs += ms);
  /** How many calls in a row are left to threads. */
  const left = () => {
    let count = 0;
    while (!calls.suits(1)) count++;
    return count;
  };
  return { calls, make, left };
}

Deno.test("PromptCalls: at most 64 KiB are transferred at once", () => {
  const { calls } = openCalls();
  assert(calls.suits(0) && calls.suits(65_536));
  assert(!calls.suits(65_537));
});

Deno.test("PromptCalls: a slow call has others left to threads, twice as many each time, at most 8,192", () => {
  const { make, left } = openCalls();
  make(0.5);
  assertEquals(left(), 0);
  const pauses = Array.from({ length: 9 }, () => {
    make(1);
    return left();
  });
  assertEquals(pauses, [64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 8_192]);
});

Deno.test("PromptCalls: calls that are not slow halve the next pause, and end none that has begun", () => {
  const { calls, make, left } = openCalls();
  for (let time = 0; time < 3; time++) make(30);
  assert(!calls.suits(1));
  make(0);
  assertEquals(left(), 255);
  make(0);
  make(30);
  assertEquals(left(), 128);
  for (let time = 0; time < 100; time++) make(0);
  make(30);
  assertEquals(left(), 64);
});

Deno.test("PromptCalls: what is longer than may be transferred at once ends no pause", () => {
  const { calls, make, left } = openCalls();
  make(5);
  for (let time = 0; time < 100; time++) assert(!calls.suits(1 << 20));
  assertEquals(left(), 64);
});

Deno.test("PromptCalls: a call gives what it gives and throws what it throws, and counts by its time", () => {
  const { calls, left } = openCalls();
  assertEquals(calls.make(() => 7), 7);
  assertThrows(
    () => calls.make(() => assert(false, "the disk is full")),
    Error,
    "the disk is full",
  );
  assertEquals(left(), 0);
  let nowMs = 0;
  const slow = new PromptCalls(() => nowMs);
  assertThrows(
    () =>
      slow.make(() => {
        nowMs += 40;
        throw new Error("the disk is gone");
      }),
    Error,
    "gone",
  );
  assert(!slow.suits(1));
});

import { assert, assertEquals } from "@std/assert";
import { RateMeter } from "../../../../lib/tracker/server/api/rate_meter.ts";
import { MAX_BELIEVED_BYTES } from "../../../../lib/tracker/mod.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("RateMeter: what grows each second has its rate after the second change", () => {
  const meter = new RateMeter(5_000_000, 0);
  assertEquals(meter.note(5_001_000, 1_000), 0);
  for (let second = 2; second < 30; second++) {
    assertEquals(meter.note(5_000_000 + second * 1_000, second * 1_000), 1_000);
  }
});

pure("RateMeter: a count of which one has just heard has a rate with the next one", () => {
  const meter = new RateMeter(500, 0, "heard");
  assertEquals(meter.note(500, 1_000), 0);
  assertEquals(meter.note(2_500, 2_000), 1_000);
});

pure("RateMeter: what is told each 24 s is spread over them, and kept until the next time", () => {
  const meter = new RateMeter(0, 0);
  let total = 0;
  const rates: number[] = [];
  for (let second = 1; second <= 120; second++) {
    if (second % 24 === 5) total += 24_000;
    rates.push(meter.note(total, second * 1_000));
  }
  assertEquals(new Set(rates.slice(0, 28)), new Set([0]));
  assertEquals(new Set(rates.slice(28)), new Set([1_000]));
});

pure("RateMeter: what stands still for long has no rate, and what counts anew begins anew", () => {
  const meter = new RateMeter(0, 0);
  for (let second = 1; second <= 10; second++) meter.note(second * 100, second * 1_000);
  assertEquals(meter.note(1_000, 13_000), 100);
  assertEquals(meter.note(1_000, 13_001), 0);
  // Nobody knows since when the next ones moved.
  assertEquals(meter.note(100_000, 600_000), 0);
  assertEquals(meter.note(100_100, 601_000), 100);
  assertEquals(meter.note(50, 602_000), 0);
  assertEquals(meter.note(60, 603_000), 0);
  assertEquals(meter.note(70, 604_000), 10);
});

pure(
  "RateMeter: rates are finite whatever is claimed, and however soon it is looked at again",
  () => {
    const meter = new RateMeter(0, 0);
    meter.note(1, 0);
    assertEquals(meter.note(2, 0), 0);
    assertEquals(meter.note(Number.MAX_SAFE_INTEGER, 1_000), MAX_BELIEVED_BYTES);
    assertEquals(meter.note(Number.MAX_SAFE_INTEGER, 1_000), MAX_BELIEVED_BYTES);
  },
);

pure("RateMeter: a change of the rate is followed within some seconds", () => {
  const meter = new RateMeter(0, 0);
  let total = 0;
  for (let second = 1; second <= 10; second++) meter.note(total += 100, second * 1_000);
  const rates: number[] = [];
  for (let second = 11; second <= 30; second++) {
    rates.push(meter.note(total += 900, second * 1_000));
  }
  assert(rates[0]! > 100 && rates[0]! < 900, `${rates}`);
  assert(rates.at(-1)! > 890, `${rates}`);
});

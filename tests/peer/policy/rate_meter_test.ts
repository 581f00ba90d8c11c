import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { RateMeter } from "../../../lib/peer/policy/mod.ts";

Deno.test({
  name: "RateMeter says 0 before the first byte",
  permissions: "none",
  fn() {
    const meter = new RateMeter();
    assertEquals(meter.rate(0), 0);
    assertEquals(meter.rate(1e9), 0);
    assertEquals(meter.total, 0);
  },
});

Deno.test({
  name: "RateMeter is moving for three seconds after the last byte, and not before the first",
  permissions: "none",
  fn() {
    const meter = new RateMeter();
    assert(!meter.isMoving(0));
    meter.add(1, 10_000);
    assert(meter.isMoving(12_999) && !meter.isMoving(13_000));
    meter.add(1, 13_500);
    assert(meter.isMoving(16_000));
  },
});

Deno.test({
  name: "RateMeter finds a steady rate to a tenth within a second, and keeps to it",
  permissions: "none",
  fn() {
    for (const startMs of [0, 7, 123_456_789.25]) {
      const meter = new RateMeter();
      for (let ms = 0; ms <= 60_000; ms += 10) {
        meter.add(1_000, startMs + ms);
        if (ms >= 1_000) assertAlmostEquals(meter.rate(startMs + ms), 100_000, 10_000);
      }
      assertEquals(meter.total, 6_001_000);
    }
  },
});

Deno.test({
  name: "RateMeter does not take one block for a flood: the first quarter of a second counts whole",
  permissions: "none",
  fn() {
    const meter = new RateMeter();
    meter.add(16_384, 5_000);
    assertEquals(meter.rate(5_000), 16_384 * 4);
    assertEquals(meter.rate(6_000), 16_384);
  },
});

Deno.test({
  name: "RateMeter falls to 0 in three seconds of silence, and never below",
  permissions: "none",
  fn() {
    const meter = new RateMeter();
    for (let ms = 0; ms < 10_000; ms += 100) meter.add(10_000, ms);
    let last = meter.rate(10_000);
    for (let ms = 10_000; ms <= 13_000; ms += 50) {
      const rate = meter.rate(ms);
      assert(rate >= 0 && rate <= last * 1.1, `${rate} after ${last}`);
      last = rate;
    }
    assertEquals(meter.rate(13_000), 0);
    assertEquals(meter.rate(1e12), 0);
    assertEquals(meter.total, 1_000_000);
  },
});

Deno.test({
  name: "RateMeter measures anew after a long silence",
  permissions: "none",
  fn() {
    const meter = new RateMeter();
    meter.add(1e9, 0);
    for (let ms = 3_600_000; ms <= 3_604_000; ms += 100) meter.add(5_000, ms);
    assertAlmostEquals(meter.rate(3_604_000), 50_000, 5_000);
  },
});

Deno.test({
  name: "RateMeter knows when something was added last, however long ago",
  permissions: "none",
  fn() {
    const meter = new RateMeter();
    assertEquals(meter.movedMs, -Infinity);
    for (const ms of [0, 7, 3_600_000]) {
      meter.add(1, ms);
      meter.rate(ms + 60_000);
      assertEquals(meter.movedMs, ms);
    }
  },
});

Deno.test({
  name: "RateMeter follows a rate that changes within three seconds",
  permissions: "none",
  fn() {
    const meter = new RateMeter();
    for (let ms = 0; ms < 10_000; ms += 50) meter.add(50_000, ms);
    for (let ms = 10_000; ms <= 13_000; ms += 50) meter.add(500, ms);
    assertAlmostEquals(meter.rate(13_000), 10_000, 1_500);
  },
});

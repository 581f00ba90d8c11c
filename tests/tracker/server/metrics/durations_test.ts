import { assertEquals } from "@std/assert";
import { Durations } from "../../../../lib/tracker/server/metrics/durations.ts";

Deno.test("a duration counts in each class whose bound it does not exceed", () => {
  const durations = new Durations();
  for (const ms of [0, 0.01, 0.010_1, 3, 5_000, 5_001]) durations.add(ms);
  const counts = new Map(durations.classes().map(({ boundS, count }) => [boundS, count]));
  assertEquals(counts.get(0.000_01), 2);
  assertEquals(counts.get(0.000_025), 3);
  assertEquals([counts.get(0.002_5), counts.get(0.005)], [3, 4]);
  assertEquals([counts.get(5), counts.get(Infinity)], [5, 6]);
  assertEquals(Math.round(durations.sumS * 1_000), 10_004);
});

Deno.test("classes begin with the shortest and no two have the same bound", () => {
  const bounds = new Durations().classes().map(({ boundS }) => boundS);
  assertEquals(bounds, [...new Set(bounds)].sort((a, b) => a - b));
});

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { PieceFlow } from "../../../lib/peer/policy/piece_flow.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

/** What is expected just before a moment, and at it. */
function expectedAround(flow: PieceFlow, nowMs: number): string[] {
  return [flow.expected(nowMs - 1), flow.expected(nowMs)];
}

pure("A PieceFlow of which nothing has come has no times, no rate and no load", () => {
  const flow = new PieceFlow();
  assertEquals(flow.typicalMs, 0);
  assertEquals(flow.leastMs, Infinity);
  assertEquals(flow.movedMs, -Infinity);
  assertEquals(flow.rate(5_000), 0);
  assertEquals(flow.load, 0);
});

pure("A PieceFlow expects all at first, also long after", () => {
  const flow = new PieceFlow();
  for (const nowMs of [0, 1, 1e9]) assertEquals(flow.expected(nowMs), "all");
});

pure(
  "A PieceFlow takes the time of the first piece as usual, and a fifth of each one after",
  () => {
    const flow = new PieceFlow();
    flow.add(100, 1_000);
    assertEquals(flow.typicalMs, 100);
    flow.add(200, 1_100);
    assertAlmostEquals(flow.typicalMs, 120);
    flow.add(20, 1_200);
    assertAlmostEquals(flow.typicalMs, 100);
    for (let count = 0; count < 50; count++) flow.add(300, 1_300);
    assertAlmostEquals(flow.typicalMs, 300, 0.1);
  },
);

pure(
  "A PieceFlow keeps the least time of pieces, but for a single fast one, and when the last one came",
  () => {
    const flow = new PieceFlow();
    flow.add(100, 1_000);
    assertEquals(flow.leastMs, Infinity);
    flow.add(40, 1_500);
    flow.add(70, 1_700);
    assertEquals([flow.leastMs, flow.movedMs], [70, 1_700]);
    flow.add(1, 1_800);
    assertEquals(flow.leastMs, 40);
    flow.add(30, 1_900);
    flow.add(500, 2_000);
    assertEquals(flow.leastMs, 30);
    flow.moved(2_100);
    assertEquals([flow.leastMs, flow.movedMs], [30, 2_100]);
  },
);

pure("A PieceFlow counts pieces a second, those of the last three seconds", () => {
  const flow = new PieceFlow();
  for (let nowMs = 1_000; nowMs <= 6_000; nowMs += 100) flow.add(50, nowMs);
  assertAlmostEquals(flow.rate(6_000), 10, 0.5);
  assertEquals(flow.rate(9_100), 0);
});

pure("A PieceFlow that missed a piece expects nothing for two seconds, then a try", () => {
  const flow = new PieceFlow();
  flow.missed(1_000);
  assertEquals(flow.expected(1_000), "nothing");
  assertEquals(expectedAround(flow, 3_000), ["nothing", "one"]);
  assertEquals(flow.expected(1e9), "one", "a try, however long after");
});

pure("A PieceFlow expects nothing for twice as long each time, up to thirty seconds", () => {
  const flow = new PieceFlow();
  let nowMs = 0;
  for (const seconds of [2, 4, 8, 16, 30, 30]) {
    flow.missed(nowMs);
    nowMs += seconds * 1_000;
    assertEquals(expectedAround(flow, nowMs), ["nothing", "one"], `${seconds} seconds`);
  }
});

pure("A PieceFlow counts pieces that are missed while nothing is expected as one", () => {
  const flow = new PieceFlow();
  for (const nowMs of [0, 0, 500, 1_999]) flow.missed(nowMs);
  assertEquals(expectedAround(flow, 2_000), ["nothing", "one"]);
  flow.missed(2_000);
  assertEquals(expectedAround(flow, 6_000), ["nothing", "one"]);
});

pure(
  "A PieceFlow expects all again as soon as a piece has come, and forgets what was missed",
  () => {
    const flow = new PieceFlow();
    flow.missed(0);
    flow.missed(2_000);
    flow.add(80, 2_500);
    assertEquals(flow.expected(2_500), "all");
    flow.missed(3_000);
    assertEquals(expectedAround(flow, 5_000), ["nothing", "one"]);
    flow.add(80, 5_100);
    assertEquals(flow.expected(5_100), "all");
  },
);

import { assertEquals } from "@std/assert";
import { PieceLayout } from "../../../lib/metainfo/mod.ts";
import { FailedPieces } from "../../../lib/peer/policy/mod.ts";

const KIB = 1024;

/** Pieces of 256 KiB, of which the last one is shorter; all are under way but those that are named. */
function failedPieces(...idle: readonly number[]): FailedPieces {
  const layout = new PieceLayout({ pieceLength: 256 * KIB, totalLength: 9 * 256 * KIB + 64 * KIB });
  return new FailedPieces({ layout, isUnderWay: (index) => !idle.includes(index) });
}

/** The pieces that are held up at a time, each with who does. */
function heldUp(failed: FailedPieces, nowMs: number): [index: number, key: number][] {
  return [...failed.heldUp(nowMs)].map(({ index, key }) => [index, key]);
}

Deno.test({
  name: "FailedPieces gives a peer a second, and another for each 256 KiB",
  permissions: "none",
  fn() {
    const failed = failedPieces();
    for (const index of [0, 9]) {
      failed.add(index);
      failed.asked(index, 7, 500);
    }
    assertEquals(heldUp(failed, 1_749), []);
    assertEquals(heldUp(failed, 1_750), [[9, 7]], "a quarter of a piece");
    assertEquals(heldUp(failed, 2_499), [[9, 7]]);
    assertEquals(heldUp(failed, 2_500), [[0, 7], [9, 7]]);
  },
});

Deno.test({
  name: "FailedPieces counts a turn from its first request, whatever else is asked for",
  permissions: "none",
  fn() {
    const failed = failedPieces();
    failed.asked(0, 7, 0);
    assertEquals(heldUp(failed, 1e9), [], "it has not failed");
    failed.add(0);
    assertEquals(heldUp(failed, 1e9), [], "nobody was asked for it since");
    for (const nowMs of [100, 1_000, 2_000]) failed.asked(0, 7, nowMs);
    failed.asked(1, 7, 2_050);
    assertEquals(heldUp(failed, 2_099), []);
    assertEquals(heldUp(failed, 2_100), [[0, 7]]);
    failed.delete(0);
    assertEquals([failed.has(0), heldUp(failed, 1e9)], [false, []]);
  },
});

Deno.test({
  name: "FailedPieces tells nothing of a piece that is not under way",
  permissions: "none",
  fn() {
    const failed = failedPieces(3);
    failed.add(3);
    failed.asked(3, 7, 0);
    assertEquals([failed.has(3), heldUp(failed, 1e9)], [true, []]);
  },
});

Deno.test({
  name:
    "FailedPieces gives twice the time after every second turn, also once the piece failed again",
  permissions: "none",
  fn() {
    const failed = failedPieces();
    failed.add(0);
    let nowMs = 0;
    const patience: number[] = [];
    for (const key of [1, 2, 1, 3, 1, 2]) {
      if (key === 3) failed.add(0);
      failed.asked(0, key, nowMs);
      let waitedMs = 0;
      while (heldUp(failed, nowMs + waitedMs).length === 0) waitedMs += 1_000;
      assertEquals(heldUp(failed, nowMs + waitedMs), [[0, key]]);
      patience.push(waitedMs);
      nowMs += waitedMs;
    }
    assertEquals(patience, [2_000, 2_000, 4_000, 4_000, 8_000, 8_000]);
    const [last] = failed.heldUp(nowMs);
    assertEquals(last?.tried, new Set([1, 2, 3]));
  },
});

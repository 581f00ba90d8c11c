import { assertEquals } from "@std/assert";
import { FailedPieces } from "../../../lib/peer/policy/mod.ts";

/** Failed pieces, all under way but those that are named. */
function failedPieces(...idle: readonly number[]): FailedPieces {
  const failed = new FailedPieces((index) => !idle.includes(index));
  for (let index = 0; index < 3; index++) failed.add(index);
  return failed;
}

/** The pieces that are held up at a time, each with who does. */
function heldUp(failed: FailedPieces, nowMs: number): [index: number, key: number][] {
  return failed.heldUp(nowMs).map(({ index, key }) => [index, key]);
}

/** How many seconds after nothing has come it is held up. */
function patienceSeconds(failed: FailedPieces, index: number, nowMs: number): number {
  let seconds = 0;
  while (!heldUp(failed, nowMs + seconds * 1_000).some(([one]) => one === index)) seconds++;
  return seconds;
}

Deno.test({
  name: "FailedPieces has a piece held up two seconds after something was asked for or came",
  permissions: "none",
  fn() {
    const failed = failedPieces();
    assertEquals(heldUp(failed, 1e9), [], "nobody was asked for any");
    failed.asked(0, 7, 500);
    failed.asked(1, 8, 900);
    assertEquals(heldUp(failed, 2_499), []);
    assertEquals(failed.heldUp(2_500), [
      { index: 0, key: 7, quietMs: 2_000, turnOf: new Map([[7, 1]]) },
    ]);
    failed.asked(0, 7, 2_600);
    failed.received(1, 2_700);
    assertEquals([heldUp(failed, 4_599), heldUp(failed, 4_600)], [[], [[0, 7]]]);
    failed.received(2, 4_600);
    failed.received(17, 4_600);
    assertEquals(heldUp(failed, 4_700), [[0, 7], [1, 8]], "others do not matter");
  },
});

Deno.test({
  name: "FailedPieces knows those that have failed until they are held, and no others",
  permissions: "none",
  fn() {
    const failed = failedPieces();
    failed.asked(5, 7, 0);
    assertEquals([failed.has(5), heldUp(failed, 1e9)], [false, []]);
    failed.asked(2, 7, 0);
    assertEquals([failed.has(2), heldUp(failed, 1e9)], [true, [[2, 7]]]);
    failed.delete(2);
    assertEquals([failed.has(2), heldUp(failed, 1e9)], [false, []]);
  },
});

Deno.test({
  name: "FailedPieces has patience anew with who is asked again a while later",
  permissions: "none",
  fn() {
    const failed = failedPieces();
    const ends = [() => failed.handOver(0), () => failed.add(0), () => undefined];
    for (const [at, end] of ends.entries()) {
      failed.asked(0, 7, at * 60_000);
      assertEquals(patienceSeconds(failed, 0, at * 60_000), 2);
      end();
    }
  },
});

Deno.test({
  name: "FailedPieces tells nothing of a piece that is not under way",
  permissions: "none",
  fn() {
    const failed = failedPieces(1);
    failed.asked(1, 7, 0);
    assertEquals([failed.has(1), heldUp(failed, 1e9)], [true, []]);
  },
});

Deno.test({
  name: "FailedPieces has twice the patience after every second turn that was ended, up to 64 s",
  permissions: "none",
  fn() {
    const failed = failedPieces();
    const seconds: number[] = [];
    for (let turn = 0; turn < 14; turn++) {
      for (let choke = 0; choke < 5; choke++) {
        failed.asked(0, choke, turn);
      }
      failed.asked(0, turn, turn);
      seconds.push(patienceSeconds(failed, 0, turn));
      failed.handOver(0);
    }
    assertEquals(seconds, [2, 2, 4, 4, 8, 8, 16, 16, 32, 32, 64, 64, 64, 64]);
  },
});

Deno.test({
  name: "FailedPieces knows the order of the last turns, and forgets who has left",
  permissions: "none",
  fn() {
    const failed = failedPieces();
    for (const key of [1, 2, 3, 1]) failed.asked(0, key, 0);
    const order = (): number[] => {
      const { turnOf } = failed.heldUp(1e9)[0]!;
      return [...turnOf].toSorted(([, a], [, b]) => a - b).map(([key]) => key);
    };
    assertEquals(order(), [2, 3, 1]);
    failed.leave(3);
    failed.asked(0, 4, 0);
    assertEquals(order(), [2, 1, 4]);
  },
});

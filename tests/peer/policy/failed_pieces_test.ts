import { assertEquals } from "@std/assert";
import { ActivePiece, FailedPieces, UNIT_LENGTH } from "../../../lib/peer/policy/mod.ts";

const KIB = 1024;

/** Pieces of 256 KiB, of which the last one is shorter; all are under way but those that are named. */
function failedPieces(...idle: readonly number[]): FailedPieces {
  const pieces = Array.from({ length: 10 }, (_, index) => {
    return new ActivePiece(index, new Uint8Array((index === 9 ? 64 : 256) * KIB));
  });
  pieces[9]!.receive(0, new Uint8Array(UNIT_LENGTH), 7);
  return new FailedPieces((index) => idle.includes(index) ? undefined : pieces[index]);
}

/** The pieces that are held up at a time, each with who does. */
function heldUp(failed: FailedPieces, nowMs: number): [index: number, key: number][] {
  return failed.heldUp(nowMs).map(({ index, key }) => [index, key]);
}

/** How long a turn that begins now lasts, in whole seconds. */
function turnSeconds(failed: FailedPieces, index: number, nowMs: number): number {
  let seconds = 0;
  while (!failed.heldUp(nowMs + seconds * 1_000).some((piece) => piece.index === index)) seconds++;
  return seconds;
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
    const turnOf = new Map([[7, 1]]);
    const last = { index: 9, key: 7, turnMs: 1_250, missingBytes: 48 * KIB, turnOf };
    assertEquals(failed.heldUp(1_750), [last]);
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
  name: "FailedPieces begins a turn anew for who is asked again after it ended, however it did",
  permissions: "none",
  fn() {
    const failed = failedPieces();
    failed.add(0);
    const ends = [() => failed.endTurn(0), () => failed.handOver(0), () => failed.add(0)];
    for (const [at, end] of ends.entries()) {
      const nowMs = at * 60_000;
      failed.asked(0, 7, nowMs);
      assertEquals(turnSeconds(failed, 0, nowMs), 2);
      end();
      assertEquals(heldUp(failed, nowMs + 30_000), []);
    }
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
  name: "FailedPieces gives twice the time after every second turn that took too long, up to 64 s",
  permissions: "none",
  fn() {
    const failed = failedPieces();
    failed.add(0);
    const seconds: number[] = [];
    for (let turn = 0; turn < 14; turn++) {
      for (let choke = 0; choke < 5; choke++) {
        failed.asked(0, choke, turn);
        failed.endTurn(0);
      }
      failed.asked(0, turn, turn);
      seconds.push(turnSeconds(failed, 0, turn));
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
    failed.add(0);
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

import { assert, assertEquals } from "@std/assert";
import {
  ActivePiece,
  type Asked,
  RequestWindow,
  UNIT_LENGTH,
} from "../../../lib/peer/policy/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "../../bytes/seeded_random.ts";

const U = UNIT_LENGTH;

/** A peer that is asked. */
const SOMEBODY = new RequestWindow();

function pieceOf(index: number, size: number): ActivePiece {
  return new ActivePiece(index, new Uint8Array(size));
}

Deno.test({
  name: "ActivePiece gives its units out one after the other, the last one as short as it is",
  permissions: "none",
  fn() {
    const piece = pieceOf(3, 2 * U + 5);
    for (const [begin, length] of [[0, U], [U, U], [2 * U, 5]] as const) {
      const request = piece.nextFree(U);
      assertEquals(request, { index: 3, begin, length });
      piece.reserve({ begin, length }, SOMEBODY, 0);
    }
    assertEquals(piece.nextFree(U), undefined);
    assert(!piece.isIdle && !piece.isComplete);
  },
});

Deno.test({
  name: "ActivePiece gives runs of whole units, one at least, and none over what is taken",
  permissions: "none",
  fn() {
    const piece = pieceOf(0, 8 * U);
    piece.reserve({ begin: 3 * U, length: U }, SOMEBODY, 0);
    assertEquals(piece.nextFree(100 * U)?.length, 3 * U);
    assertEquals(piece.nextFree(2 * U + 1)?.length, 2 * U);
    assertEquals(piece.nextFree(1)?.length, U);
    piece.reserve({ begin: 0, length: 3 * U }, SOMEBODY, 0);
    assertEquals(piece.nextFree(100 * U), { index: 0, begin: 4 * U, length: 4 * U });
  },
});

Deno.test({
  name: "ActivePiece keeps the first copy of each unit and knows who sent it",
  permissions: "none",
  fn() {
    const piece = pieceOf(0, 3 * U);
    assertEquals(piece.receive(U, new Uint8Array(U).fill(1), 8), U);
    assertEquals(piece.receive(0, new Uint8Array(3 * U).fill(2), 9), 2 * U);
    assertEquals(piece.receive(0, new Uint8Array(3 * U).fill(3), 7), 0);
    assert(piece.isComplete);
    assertEquals(piece.senders, [9, 8, 9]);
    assertEquals([0, U - 1, U, 2 * U - 1, 2 * U, 3 * U - 1].map((at) => piece.data[at]), [
      2,
      2,
      1,
      1,
      2,
      2,
    ]);
  },
});

Deno.test({
  name:
    "ActivePiece offers for the endgame what few owe and is late, not what this peer owes or what has come",
  permissions: "none",
  fn() {
    const piece = pieceOf(0, 4 * U);
    piece.reserve({ begin: 0, length: 4 * U }, SOMEBODY, 1);
    piece.reserve({ begin: 0, length: U }, SOMEBODY, 2);
    piece.receive(3 * U, new Uint8Array(U), 1);
    const duplicate = (most: number, own: (begin: number) => boolean, latestMs = 2) =>
      piece.nextDuplicate(100 * U, {
        isDue: ({ peers, lastMs }) => peers < most && lastMs <= latestMs,
        own,
      });
    const all = duplicate(3, () => false);
    assertEquals(all, { index: 0, begin: 0, length: 3 * U });
    const few = duplicate(2, () => false);
    assertEquals(few, { index: 0, begin: U, length: 2 * U });
    const others = duplicate(3, (begin) => begin < 2 * U);
    assertEquals(others, { index: 0, begin: 2 * U, length: U });
    assertEquals(duplicate(3, () => true), undefined);
    assertEquals(duplicate(1, () => false), undefined);
    assertEquals(duplicate(3, () => false, 0), undefined, "all was asked for later");
    const late = duplicate(3, () => false, 1);
    assertEquals(late, { index: 0, begin: U, length: 2 * U }, "the first unit is not late yet");
  },
});

Deno.test({
  name: "ActivePiece says who was asked last for each unit, and how many were",
  permissions: "none",
  fn() {
    const piece = pieceOf(0, 3 * U);
    const [one, other] = [new RequestWindow(), new RequestWindow()];
    piece.reserve({ begin: 0, length: 2 * U }, one, 1);
    piece.reserve({ begin: U, length: U }, other, 2);
    const seen: Asked[] = [];
    piece.nextDuplicate(3 * U, { isDue: (asked) => seen.push(asked) < 0, own: () => false });
    assertEquals(seen.map(({ begin, peers, lastMs }) => [begin, peers, lastMs]), [
      [0, 1, 1],
      [U, 2, 2],
      [2 * U, 0, 0],
    ]);
    assert(seen[0]?.last === one && seen[1]?.last === other && seen[2]?.last === undefined);
  },
});

Deno.test({
  name: "ActivePiece is idle and free again when all its requests were taken back",
  permissions: "none",
  fn() {
    const piece = pieceOf(0, 4 * U);
    const first = { begin: 0, length: 3 * U };
    const second = { begin: U, length: 3 * U };
    piece.reserve(first, SOMEBODY, 0);
    piece.reserve(second, SOMEBODY, 0);
    assert(piece.isAskedFor({ begin: 3 * U, length: U }));
    piece.release(first);
    assert(!piece.isAskedFor({ begin: 0, length: U }) && piece.isAskedFor(first));
    assertEquals(piece.nextFree(100 * U), { index: 0, begin: 0, length: U });
    piece.release(second);
    assert(piece.isIdle);
    assertEquals(piece.nextFree(100 * U), { index: 0, begin: 0, length: 4 * U });
  },
});

Deno.test({
  name: "ActivePiece puts together what it is sent, in whatever order and overlap it comes",
  permissions: "none",
  fn() {
    const random = seededRandom(5);
    for (let round = 0; round < 40; round++) {
      const size = 1 + randomBelow(random, 6 * U);
      const data = randomBytes(random, size);
      const piece = pieceOf(0, size);
      const units = Math.ceil(size / U);
      let fresh = 0;
      while (!piece.isComplete) {
        const first = randomBelow(random, units);
        const begin = first * U;
        const end = Math.min(size, (first + 1 + randomBelow(random, units - first)) * U);
        fresh += piece.receive(begin, data.subarray(begin, end), 1);
      }
      assertEquals(fresh, size);
      assertEquals(piece.data, data);
    }
  },
});

Deno.test({
  name: "ActivePiece knows whether it is idle, and has something free, after whatever has come",
  permissions: "none",
  fn() {
    const random = seededRandom(11);
    for (let round = 0; round < 40; round++) {
      const units = 1 + randomBelow(random, 5);
      const piece = pieceOf(0, units * U);
      const asked: { begin: number; length: number }[] = [];
      const received = new Set<number>();
      for (let step = 0; step < 60; step++) {
        const first = randomBelow(random, units);
        const length = (1 + randomBelow(random, units - first)) * U;
        const request = { begin: first * U, length };
        const action = randomBelow(random, 5);
        if (action < 2) {
          piece.reserve(request, SOMEBODY, step);
          asked.push(request);
        } else if (action < 4 && asked.length > 0) {
          piece.release(asked.splice(randomBelow(random, asked.length), 1)[0]!);
        } else if (action === 4) {
          piece.receive(request.begin, new Uint8Array(U), 1);
          received.add(first);
        }
        const isAsked = (unit: number) =>
          asked.some(({ begin, length }) => begin <= unit * U && unit * U < begin + length);
        const isFree = (unit: number) => !received.has(unit) && !isAsked(unit);
        const free = Array.from({ length: units }, (_, unit) => unit).find(isFree);
        assertEquals(piece.isIdle, asked.length === 0);
        assertEquals(piece.hasFree, free !== undefined);
        assertEquals(piece.nextFree(1)?.begin, free === undefined ? undefined : free * U);
      }
    }
  },
});

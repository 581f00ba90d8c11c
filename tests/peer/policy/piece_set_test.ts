import { assert, assertEquals } from "@std/assert";
import { PieceSet } from "../../../lib/peer/policy/piece_set.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";

/** One piece, the edges of words, whole words, and counts that are no multiple of 32. */
const PIECE_COUNTS = [1, 31, 32, 33, 63, 64, 65, 100, 300];

function sharedOf(one: PieceSet, other: PieceSet): number[] {
  const shared: number[] = [];
  one.forEachShared(other, (index) => shared.push(index));
  return shared;
}

function fullOf(pieceCount: number): PieceSet {
  const full = new PieceSet(pieceCount);
  for (let index = 0; index < pieceCount; index++) full.add(index);
  return full;
}

/** Changes two sets at random, and checks them against plain ones after each step. */
function playAgainstSets(pieceCount: number, seed: number): void {
  const random = seededRandom(seed);
  const pairs = [1, 2].map(() => ({ set: new PieceSet(pieceCount), plain: new Set<number>() }));
  const [first, second] = [pairs[0]!, pairs[1]!];
  for (let step = 0; step < 400; step++) {
    const { set, plain } = pairs[randomBelow(random, 2)]!;
    const index = randomBelow(random, pieceCount);
    if (random() < 0.6) {
      set.add(index);
      plain.add(index);
    } else {
      set.delete(index);
      plain.delete(index);
    }
    for (let each = 0; each < pieceCount; each++) assertEquals(set.has(each), plain.has(each));
    const both = [...first.plain].filter((each) => second.plain.has(each)).toSorted((a, b) =>
      a - b
    );
    assertEquals(sharedOf(first.set, second.set), both);
    assertEquals(sharedOf(second.set, first.set), both);
  }
}

Deno.test({
  name: "A PieceSet holds what a plain set would, whatever is put in and taken out",
  permissions: "none",
  fn() {
    for (const pieceCount of PIECE_COUNTS) playAgainstSets(pieceCount, pieceCount);
  },
});

Deno.test({
  name: "A PieceSet is empty at first, and shares nothing with a full one",
  permissions: "none",
  fn() {
    for (const pieceCount of [0, ...PIECE_COUNTS]) {
      const empty = new PieceSet(pieceCount);
      for (let index = 0; index < pieceCount; index++) assert(!empty.has(index));
      assertEquals(sharedOf(empty, fullOf(pieceCount)), []);
      assertEquals(sharedOf(fullOf(pieceCount), empty), []);
    }
  },
});

Deno.test({
  name: "Two full PieceSets share every piece once, in order, and no piece beyond the last",
  permissions: "none",
  fn() {
    for (const pieceCount of [0, ...PIECE_COUNTS]) {
      const all = Array.from({ length: pieceCount }, (_, index) => index);
      assertEquals(sharedOf(fullOf(pieceCount), fullOf(pieceCount)), all);
    }
  },
});

Deno.test({
  name: "A PieceSet keeps the pieces at both ends of each word apart from their neighbours",
  permissions: "none",
  fn() {
    const edges = [0, 1, 30, 31, 32, 33, 62, 63, 64];
    for (const edge of edges) {
      const one = new PieceSet(65);
      one.add(edge);
      one.add(edge);
      assertEquals(sharedOf(one, fullOf(65)), [edge], "it is there once, though put in twice");
      const others = fullOf(65);
      others.delete(edge);
      others.delete(edge);
      assertEquals(edges.filter((each) => !others.has(each)), [edge]);
      assertEquals(sharedOf(one, others), []);
    }
  },
});

Deno.test({
  name: "A PieceSet may lose and win what it shares while that is being named",
  permissions: "none",
  fn() {
    const one = fullOf(70);
    const named: number[] = [];
    one.forEachShared(fullOf(70), (index) => {
      named.push(index);
      one.delete(index);
    });
    assertEquals(named.length, 70);
    assertEquals(sharedOf(one, fullOf(70)), []);
  },
});

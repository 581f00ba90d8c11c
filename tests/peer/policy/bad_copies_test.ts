import { assertEquals } from "@std/assert";
import { ActivePiece, BlockBlame, UNIT_LENGTH } from "../../../lib/peer/policy/mod.ts";

const MIB = 1024 * 1024;

/** A piece whose first unit comes of peer 1, and is wrong if `fill` is not 0, and the rest of peer 2. */
function pieceOf(index: number, length: number, fill: number): ActivePiece {
  const piece = new ActivePiece(index, new Uint8Array(length));
  piece.receive(0, new Uint8Array(UNIT_LENGTH).fill(fill), 1);
  piece.receive(UNIT_LENGTH, new Uint8Array(length - UNIT_LENGTH), 2);
  return piece;
}

/** Of ten bad pieces of a length, those for which a good copy still finds the liar. */
function remembered(length: number): number[] {
  const blame = new BlockBlame();
  const indices = Array.from({ length: 10 }, (_, index) => index);
  for (const index of indices) assertEquals(blame.failed(pieceOf(index, length, 7)), []);
  return indices.filter((index) => blame.passed(pieceOf(index, length, 0)).includes(1));
}

for (const [size, kept] of [[0.25, 4], [1, 4], [2, 2], [4, 1], [8, 1]] as const) {
  Deno.test({
    name: `BlockBlame keeps the last ${kept} bad copies of pieces of ${size} MiB`,
    permissions: "none",
    fn() {
      assertEquals(remembered(size * MIB), [6, 7, 8, 9].slice(4 - kept));
    },
  });
}

Deno.test({
  name: "BlockBlame makes room for a large bad copy by forgetting as many small ones as it takes",
  permissions: "none",
  fn() {
    const blame = new BlockBlame();
    for (const index of [0, 1, 2]) blame.failed(pieceOf(index, MIB, 7));
    blame.failed(pieceOf(3, 4 * MIB, 7));
    const kept = [0, 1, 2].filter((index) => blame.passed(pieceOf(index, MIB, 0)).length > 0);
    assertEquals(kept, []);
    assertEquals(blame.passed(pieceOf(3, 4 * MIB, 0)), [1]);
  },
});

Deno.test({
  name: "BlockBlame keeps the copy of a piece that failed again longer than older ones",
  permissions: "none",
  fn() {
    const blame = new BlockBlame();
    for (const index of [0, 1, 2, 3, 0, 4]) blame.failed(pieceOf(index, MIB, 7));
    const kept = [0, 1, 2, 3, 4].filter((index) => blame.passed(pieceOf(index, MIB, 0)).length > 0);
    assertEquals(kept, [0, 2, 3, 4]);
  },
});

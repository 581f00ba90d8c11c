import { assert, assertEquals } from "@std/assert";
import {
  changeCells,
  chunksOfCell,
  columnsOf,
  decodeCells,
} from "../../../lib/web/page/shared/cells.js";

Deno.test("cells: their text form gives their bytes, and what is none gives none", () => {
  assertEquals([...decodeCells("AIH/")], [0, 129, 255]);
  assertEquals([...decodeCells("")], []);
  assertEquals([...decodeCells(undefined)], []);
  assertEquals([...decodeCells("?")], []);
});

Deno.test("cells: those that a map does not have are not changed", () => {
  const cells = Uint8Array.of(1, 2, 3);
  changeCells(cells, [[1, 255], [3, 9], [-1, 9]]);
  assertEquals([...cells], [1, 255, 3]);
});

Deno.test("cells: every chunk is in one cell, whatever their numbers", () => {
  for (
    const [cellCount, pieceCount] of [[1, 1], [512, 512], [512, 1000], [512, 100_000]] as const
  ) {
    let next = 0;
    for (let at = 0; at < cellCount; at++) {
      const [first, end] = chunksOfCell(at, cellCount, pieceCount);
      assertEquals(first, next);
      assert(end > first);
      next = end;
    }
    assertEquals(next, pieceCount);
  }
});

Deno.test("cells: columns are whole or empty only if all that they show is", () => {
  assertEquals([...columnsOf(Uint8Array.of(255), 3)], [255, 255, 255]);
  assertEquals([...columnsOf(Uint8Array.of(0, 255), 4)], [0, 0, 255, 255]);
  const cells = new Uint8Array(512).fill(255);
  cells[300] = 254;
  const almost = columnsOf(cells, 100);
  assertEquals(almost.filter((value) => value === 254).length, 1);
  assertEquals(almost.filter((value) => value === 255).length, 99);
  const one = new Uint8Array(512);
  one[7] = 1;
  assertEquals(columnsOf(one, 10).filter((value) => value > 0).length, 1);
  assertEquals([...columnsOf(new Uint8Array(), 2)], [0, 0]);
});

import { assertEquals } from "@std/assert";
import { Bitfield } from "../../lib/bytes/mod.ts";
import { cellsOf, changedCells, encodeCells } from "../../lib/web/mod.ts";
import { seededRandom } from "../bytes/seeded_random.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("cellsOf: with as many cells as bits each is all or nothing", () => {
  const field = new Bitfield(11);
  for (const bit of [0, 7, 8, 10]) field.set(bit);
  assertEquals([...cellsOf(field, 512)], [255, 0, 0, 0, 0, 0, 0, 255, 255, 0, 255]);
  assertEquals([...cellsOf(field, 11)], [255, 0, 0, 0, 0, 0, 0, 255, 255, 0, 255]);
  assertEquals([...cellsOf(new Bitfield(0), 512)], []);
});

pure("cellsOf: cells are equal parts that leave no bit out, and only a whole one is 255", () => {
  const random = seededRandom(3);
  for (const length of [1, 2, 7, 8, 9, 63, 64, 513, 1000, 4099]) {
    for (const maxCells of [1, 2, 3, 16, 512]) {
      const field = new Bitfield(length);
      for (let bit = 0; bit < length; bit++) if (random() < 0.7) field.set(bit);
      const count = Math.min(length, maxCells);
      const expected = Array.from({ length: count }, (_, cell) => {
        const bits: boolean[] = [];
        for (let bit = 0; bit < length; bit++) {
          const isIn = bit >= Math.floor(cell * length / count) &&
            bit < Math.floor((cell + 1) * length / count);
          if (isIn) bits.push(field.has(bit));
        }
        return Math.floor(255 * bits.filter((isSet) => isSet).length / bits.length);
      });
      assertEquals([...cellsOf(field, maxCells)], expected, `${length} bits in ${maxCells}`);
      assertEquals(new Set(cellsOf(Bitfield.full(length), maxCells)), new Set([255]));
    }
  }
  const almost = Bitfield.full(2 ** 21);
  almost.clear(2 ** 20);
  assertEquals(cellsOf(almost, 512).filter((cell) => cell !== 255).length, 1);
});

pure("changedCells: names each cell that differs with its value now", () => {
  const before = new Uint8Array([1, 2, 3, 4]);
  assertEquals(changedCells(before, new Uint8Array([1, 5, 3, 255])), [[1, 5], [3, 255]]);
  assertEquals(changedCells(before, before), []);
});

pure("encodeCells: writes base 64, which browsers read", () => {
  const cells = Uint8Array.from({ length: 256 }, (_, value) => value);
  const read = Array.from(atob(encodeCells(cells)), (character) => character.charCodeAt(0));
  assertEquals(read, [...cells]);
});

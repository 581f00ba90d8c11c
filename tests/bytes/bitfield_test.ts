import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { Bitfield } from "../../lib/bytes/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "./seeded_random.ts";

/** The bytes that BEP 3 asks for, made the slow and obvious way. */
function wireBytes(bits: readonly boolean[]): Uint8Array {
  const text = bits.map((bit) => bit ? "1" : "0").join("");
  const padded = text.padEnd(Math.ceil(bits.length / 8) * 8, "0");
  return Uint8Array.from(padded.match(/.{8}/g) ?? [], (byte) => parseInt(byte, 2));
}

function assertSame(field: Bitfield, bits: readonly boolean[]): void {
  const ones = bits.flatMap((bit, index) => bit ? [index] : []);
  assertEquals(field.length, bits.length);
  assertEquals(field.count, ones.length);
  assertEquals(field.isFull, ones.length === bits.length);
  assertEquals(field.isEmpty, ones.length === 0);
  assertEquals([...field.ones()], ones);
  assertEquals(bits.map((_, index) => field.has(index)), [...bits]);
  assertEquals(field.toBytes(), wireBytes(bits));
}

Deno.test({
  name: "Bitfield puts piece 0 into the highest bit of the first byte (BEP 3)",
  permissions: "none",
  fn() {
    const field = new Bitfield(10);
    field.set(0);
    field.set(7);
    field.set(9);
    assertEquals(field.toBytes(), Uint8Array.of(0b1000_0001, 0b0100_0000));
  },
});

Deno.test({
  name: "Bitfield agrees with an array of booleans under random changes",
  permissions: "none",
  fn() {
    const random = seededRandom(1);
    for (const length of [0, 1, 7, 8, 9, 31, 32, 33, 64, 100, 257]) {
      let field = new Bitfield(length);
      const bits = new Array<boolean>(length).fill(false);
      for (let step = 0; step < 300; step++) {
        const index = randomBelow(random, length);
        const action = randomBelow(random, 100);
        if (length > 0 && action < 50) {
          assertEquals(field.set(index), !bits[index]);
          bits[index] = true;
        } else if (length > 0 && action < 94) {
          assertEquals(field.clear(index), bits[index]);
          bits[index] = false;
        } else if (action < 96) {
          field.setAll();
          bits.fill(true);
        } else if (action < 98) {
          field = field.clone();
        } else {
          field = Bitfield.fromBytes(field.toBytes(), length);
        }
        if (step % 10 === 0) assertSame(field, bits);
      }
      assertSame(field, bits);
    }
  },
});

Deno.test({
  name: "Bitfield.full() sets every bit and no spare one (BEP 3), for each length",
  permissions: "none",
  fn() {
    for (let length = 0; length <= 40; length++) {
      assertSame(Bitfield.full(length), new Array<boolean>(length).fill(true));
    }
  },
});

Deno.test({
  name: "Bitfield.fromBytes() reads back what toBytes() wrote, for each length",
  permissions: "none",
  fn() {
    const random = seededRandom(2);
    for (let length = 0; length <= 40; length++) {
      const bits = Array.from({ length }, () => random() < 0.5);
      assertSame(Bitfield.fromBytes(wireBytes(bits), length), bits);
    }
  },
});

Deno.test({
  name: "Bitfield.fromBytes() refuses each single spare bit",
  permissions: "none",
  fn() {
    for (let length = 1; length <= 40; length++) {
      for (let spare = length; spare < Math.ceil(length / 8) * 8; spare++) {
        const bytes = new Uint8Array(Math.ceil(length / 8));
        bytes[spare >> 3] = 0x80 >> (spare & 7);
        assertThrows(() => Bitfield.fromBytes(bytes, length), RangeError, "spare bit");
      }
    }
  },
});

Deno.test({
  name: "Bitfield.fromBytes() refuses a byte too few and a byte too many",
  permissions: "none",
  fn() {
    for (let length = 0; length <= 40; length++) {
      const fitting = Math.ceil(length / 8);
      for (const size of [fitting - 1, fitting + 1, 0, 1000]) {
        if (size < 0 || size === fitting) continue;
        assertThrows(() => Bitfield.fromBytes(new Uint8Array(size), length), RangeError, "bytes");
      }
    }
  },
});

Deno.test({
  name: "Bitfield shares no bytes with its input, its output or its clone",
  permissions: "none",
  fn() {
    const input = Uint8Array.of(0xf0);
    const field = Bitfield.fromBytes(input, 8);
    input[0] = 0;
    assertEquals(field.count, 4);
    assert(field.has(0));

    field.toBytes().fill(0);
    assert(field.has(0));

    const copy = field.clone();
    copy.clear(0);
    copy.set(7);
    assert(field.has(0));
    assertFalse(field.has(7));
    assertEquals([...copy.ones()], [1, 2, 3, 7]);
  },
});

Deno.test({
  name: "Bitfield.has() is false outside of the bitfield",
  permissions: "none",
  fn() {
    for (const length of [0, 3, 8, 13]) {
      const field = Bitfield.full(length);
      const outside = [-1, -8, length, length + 1, length + 8, 0x7fff_ffff, 0xffff_ffff];
      for (const index of [...outside, 2 ** 32, -(2 ** 32), 2 ** 53, Infinity, NaN]) {
        assertFalse(field.has(index), `has(${index}) of ${length} bits`);
      }
    }
  },
});

Deno.test({
  name: "Bitfield.set() and clear() refuse an index outside and change nothing",
  permissions: "none",
  fn() {
    const field = Bitfield.fromBytes(Uint8Array.of(0b1010_0000), 5);
    for (const index of [-1, 5, 7, 8, 2 ** 32, 0.5, NaN, Infinity]) {
      assertThrows(() => field.set(index), RangeError, "Cannot change bit");
      assertThrows(() => field.clear(index), RangeError, "Cannot change bit");
    }
    assertEquals(field.toBytes(), Uint8Array.of(0b1010_0000));
    assertEquals(field.count, 2);
  },
});

Deno.test({
  name: "Bitfield.hasAnyMissingFrom() is true exactly if some bit is set here and not there",
  permissions: "none",
  fn() {
    const random = seededRandom(3);
    const seen = { true: 0, false: 0 };
    for (let round = 0; round < 400; round++) {
      const length = 1 + randomBelow(random, 40);
      const density = random();
      const mine = Array.from({ length }, () => random() < density * density);
      const theirs = Array.from({ length }, () => random() < 0.9);
      const expected = mine.some((bit, index) => bit && !theirs[index]);
      const field = Bitfield.fromBytes(wireBytes(mine), length);
      const other = Bitfield.fromBytes(wireBytes(theirs), length);
      assertEquals(field.hasAnyMissingFrom(other), expected);
      seen[`${expected}`]++;
    }
    assert(seen.true > 50 && seen.false > 50, "both answers occur");
    assert(Bitfield.full(20).hasAnyMissingFrom(Bitfield.full(8)));
    assertFalse(Bitfield.full(8).hasAnyMissingFrom(Bitfield.full(20)));
    assertFalse(new Bitfield(0).hasAnyMissingFrom(new Bitfield(0)));
  },
});

Deno.test({
  name: "Bitfield.fromBytes() accepts exactly the bytes that it would write itself",
  permissions: "none",
  fn() {
    const random = seededRandom(4);
    let accepted = 0;
    for (let round = 0; round < 500; round++) {
      const length = randomBelow(random, 20);
      const bytes = randomBytes(random, randomBelow(random, 4));
      try {
        assertEquals(Bitfield.fromBytes(bytes, length).toBytes(), bytes);
        accepted++;
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
    assert(accepted > 20);
  },
});

import { assertEquals } from "@std/assert";
import { ReadAhead } from "../../../lib/peer/policy/mod.ts";

Deno.test({
  name: "ReadAhead wants the next piece of each reader before the second of any, none twice",
  permissions: "none",
  fn() {
    const ahead = new ReadAhead();
    assertEquals(ahead.pieces, []);
    assertEquals(ahead.place(1, { first: 4, end: 8 }), true);
    assertEquals(ahead.pieces, [4, 5, 6, 7]);
    assertEquals(ahead.place(2, { first: 0, end: 2 }), true);
    assertEquals(ahead.place(3, { first: 5, end: 6 }), true);
    assertEquals(ahead.pieces, [4, 0, 5, 1, 6, 7]);
    assertEquals(ahead.place(2, { first: 0, end: 2 }), false, "it has not moved");
    assertEquals(ahead.place(2, { first: 1, end: 2 }), true);
    assertEquals(ahead.pieces, [4, 1, 5, 6, 7]);
    assertEquals([ahead.drop(1), ahead.drop(1), ahead.drop(9)], [true, false, false]);
    assertEquals(ahead.pieces, [1, 5]);
  },
});

import { assertEquals, assertFalse, assertNotEquals } from "@std/assert";
import { concatBytes, equalBytes } from "../../lib/bytes/mod.ts";

Deno.test({
  name: "concatBytes() joins its parts in order, into new memory",
  permissions: "none",
  fn() {
    const whole = Uint8Array.of(9, 1, 2, 9);
    const part = whole.subarray(1, 3);
    const joined = concatBytes([part, new Uint8Array(0), Uint8Array.of(3), part]);
    assertEquals(joined, Uint8Array.of(1, 2, 3, 1, 2));
    assertNotEquals<ArrayBufferLike>(concatBytes([part]).buffer, part.buffer);
    part.fill(0);
    assertEquals(joined, Uint8Array.of(1, 2, 3, 1, 2));
    assertEquals(concatBytes([]), new Uint8Array(0));
  },
});

Deno.test({
  name: "equalBytes() tells one differing byte and one byte more or less",
  permissions: "none",
  fn() {
    const bytes = Uint8Array.from({ length: 40 }, (_, at) => at);
    assertEquals(equalBytes(bytes, bytes.slice()), true);
    assertEquals(equalBytes(new Uint8Array(0), new Uint8Array(0)), true);
    for (let at = 0; at < bytes.length; at++) {
      const other = bytes.slice();
      other[at]! ^= 0x80;
      assertFalse(equalBytes(bytes, other));
      assertFalse(equalBytes(bytes, bytes.subarray(0, at)));
      assertFalse(equalBytes(bytes.subarray(0, at), bytes));
    }
  },
});

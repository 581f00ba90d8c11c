import { assertEquals } from "@std/assert";
import { crc32 } from "../../lib/storage/crc32.ts";

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test({
  name: "crc32() gives the published check values",
  permissions: "none",
  fn() {
    assertEquals(crc32(ascii("")), 0);
    assertEquals(crc32(ascii("123456789")), 0xcbf43926);
    assertEquals(crc32(ascii("The quick brown fox jumps over the lazy dog")), 0x414fa339);
    assertEquals(crc32(new Uint8Array(32)), 0x190a55ad);
  },
});

Deno.test({
  name: "crc32() goes on from earlier bytes",
  permissions: "none",
  fn() {
    const bytes = ascii("123456789");
    for (let at = 0; at <= bytes.length; at++) {
      assertEquals(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at))), 0xcbf43926);
    }
  },
});

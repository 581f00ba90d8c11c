import { assertEquals, assertThrows } from "@std/assert";
import { decodeHex, encodeHex } from "../../lib/bytes/mod.ts";

Deno.test({
  name: "encodeHex() writes two lower-case digits a byte, and decodeHex() reads them back",
  permissions: "none",
  fn() {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const text = [...all].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    for (let length = 0; length <= all.length; length++) {
      assertEquals(encodeHex(all.subarray(0, length)), text.slice(0, 2 * length));
    }
    assertEquals(decodeHex(text), all);
    assertEquals(decodeHex(text.toUpperCase()), all);
    assertEquals(encodeHex(all.subarray(254)), "feff");
    assertEquals(decodeHex(""), new Uint8Array(0));
  },
});

Deno.test({
  name: "decodeHex() refuses an odd number of digits and every other character",
  permissions: "none",
  fn() {
    const bad = [
      "0",
      "000",
      "0g",
      "g0",
      " 0",
      "0 ",
      "0x",
      "-1",
      "+1",
      "\u0661\u0661",
      "\uff11\uff11",
    ];
    for (const text of [...bad, "00\n", "00\n0", "0\0"]) {
      assertThrows(() => decodeHex(text), SyntaxError, "as hexadecimal");
    }
  },
});

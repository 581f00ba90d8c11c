import { assertEquals } from "@std/assert";
import { chooseRange } from "../../lib/web/mod.ts";

function part(offset: number, length: number) {
  return { type: "part" as const, offset, length };
}

Deno.test({
  name: "A single range is chosen as RFC 9110, 14.1.2 has it",
  permissions: "none",
  fn() {
    for (
      const [header, expected] of [
        ["bytes=0-499", part(0, 500)],
        ["bytes=500-999", part(500, 500)],
        ["bytes=-500", part(9_500, 500)],
        ["bytes=9500-", part(9_500, 500)],
        ["bytes=0-0", part(0, 1)],
        ["bytes=-1", part(9_999, 1)],
        ["bytes=9999-20000", part(9_999, 1)],
        ["bytes=-20000", part(0, 10_000)],
        ["Bytes= 0-9 ", part(0, 10)],
      ] as const
    ) assertEquals(chooseRange(header, 10_000), expected, header);
  },
});

Deno.test({
  name: "A range that begins behind the end, or of no byte, is unsatisfiable",
  permissions: "none",
  fn() {
    for (const header of ["bytes=10000-", "bytes=10000-10001", "bytes=-0"]) {
      assertEquals(chooseRange(header, 10_000), { type: "unsatisfiable" }, header);
    }
    assertEquals(chooseRange("bytes=0-", 0), { type: "unsatisfiable" });
    assertEquals(chooseRange("bytes=-5", 0), { type: "unsatisfiable" });
  },
});

Deno.test({
  name: "Several ranges, other units and what is malformed stand for the whole",
  permissions: "none",
  fn() {
    for (
      const header of [
        ...[null, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=0-1,3-4", "lines=0-1"],
        ...[
          "bytes=5-4",
          "bytes=1-2-3",
          "bytes=+1-2",
          "bytes=0x1-2",
          "bytes=1e3-",
          `bytes=${"9".repeat(16)}-`,
        ],
      ]
    ) assertEquals(chooseRange(header, 10_000), { type: "whole" }, String(header));
  },
});

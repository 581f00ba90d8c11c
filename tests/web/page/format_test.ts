import { assertEquals } from "@std/assert";
import {
  compareTexts,
  formatBytes,
  formatCount,
  formatLeft,
  formatRate,
  formatShare,
  formatThings,
  hasHidden,
  visible,
} from "../../../lib/web/page/shared/format.js";

Deno.test("format: bytes have three digits and a unit", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "0.98 KiB"],
    [1024, "1.00 KiB"],
    [524_288, "512 KiB"],
    [3_586_129, "3.42 MiB"],
    [10_485_760, "10.0 MiB"],
    [734_003_200, "700 MiB"],
    [1e15, "909 TiB"],
    [1e21, "888178 PiB"],
    [-5, "0 B"],
  ];
  for (const [bytes, text] of cases) assertEquals(formatBytes(bytes), text);
  assertEquals(formatRate(2_097_152), "2.00 MiB/s");
  assertEquals(formatRate(0), "\u2013");
});

Deno.test("format: only the whole is 100 %, and only nothing is 0 %", () => {
  assertEquals(formatShare(0, 1000), "0 %");
  assertEquals(formatShare(1, 100_000), "1 %");
  assertEquals(formatShare(500, 1000), "50 %");
  assertEquals(formatShare(99_999, 100_000), "99 %");
  assertEquals(formatShare(1000, 1000), "100 %");
  assertEquals(formatShare(0, 0), "100 %");
});

Deno.test("format: a time that is left has its two largest units", () => {
  const cases: [number | null | undefined, string][] = [
    [0, "0 s"],
    [59.2, "1 min 00 s"],
    [140, "2 min 20 s"],
    [7500, "2 h 05 min"],
    [200_000, "2 days"],
    [null, "unknown"],
    [undefined, "unknown"],
    [Infinity, "unknown"],
  ];
  for (const [seconds, text] of cases) assertEquals(formatLeft(seconds), text);
});

Deno.test("format: numbers have their thousands apart, and things their plural", () => {
  assertEquals([1, 999, 1000, 1_234_567].map(formatCount), ["1", "999", "1,000", "1,234,567"]);
  assertEquals(formatThings(1, "chunk"), "1 chunk");
  assertEquals(formatThings(1200, "chunk"), "1,200 chunks");
  assertEquals(formatThings(0, "flow"), "0 flows");
});

Deno.test("format: what is not to be seen in a text is shown by its code point", () => {
  assertEquals(visible("a\u202egpj.exe"), "a\u2039U+202E\u203agpj.exe");
  assertEquals(
    visible("\u0000\n\u200b\u2028\ud800"),
    [0, 10, 0x200b, 0x2028, 0xd800]
      .map((code) => `\u2039U+${code.toString(16).toUpperCase().padStart(4, "0")}\u203a`).join(""),
  );
  assertEquals(visible("<b>\u4e2d \u05d0\ud83d\ude00</b>"), "<b>\u4e2d \u05d0\ud83d\ude00</b>");
  assertEquals([visible(undefined), visible(7)], ["", "7"]);
  assertEquals([hasHidden("a\u202e"), hasHidden("a b")], [true, false]);
});

Deno.test("format: texts are in the order of people", () => {
  assertEquals(["b", "a10", "a2", "A1"].sort(compareTexts), ["A1", "a2", "a10", "b"]);
});

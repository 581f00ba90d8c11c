import { assert, assertEquals } from "@std/assert";
import { Bitfield } from "../../lib/bytes/mod.ts";
import { drawChunkMap } from "../../lib/cli/chunk_map.ts";
import { fitText, widthOf } from "../../lib/cli/fit_text.ts";
import { printable } from "../../lib/cli/printable.ts";
import { formatTable } from "../../lib/cli/table.ts";

function bits(pattern: string): Bitfield {
  const field = new Bitfield(pattern.length);
  [...pattern].forEach((bit, at) => bit === "1" && field.set(at));
  return field;
}

Deno.test({
  name: "printable: nothing that a terminal obeys or hides is left, and all else is",
  permissions: "none",
  fn() {
    assertEquals(
      printable("lecture \u00e9\u6f22\u{1f3ac}.mp4"),
      "lecture \u00e9\u6f22\u{1f3ac}.mp4",
    );
    assertEquals(printable("a\x00b\x1b[2Jc\x7fd\x9be\r\n\t"), "a?b?[2Jc?d?e???");
    assertEquals(printable("a\u202egpj.exe\u2066\u200f\u061c\ufeff\u2028"), "a?gpj.exe?????");
  },
});

Deno.test({
  name: "printable: a text that is too long is cut between characters, with dots",
  permissions: "none",
  fn() {
    assertEquals(printable("abcdefghij", 10), "abcdefghij");
    assertEquals(printable("abcdefghijk", 10), "abcdefg...");
    for (let length = 4; length < 20; length++) {
      const cut = printable("\u{1f3ac}".repeat(30), length);
      assert(cut.length <= length, cut);
      assert(cut.isWellFormed(), `cut through a character at ${length}`);
    }
  },
});

Deno.test({
  name: "fit text: a text takes at most so many cells, and is cut between characters",
  permissions: "none",
  fn() {
    assertEquals(widthOf("ab\u6f22\u{1f3ac}"), 6);
    const texts = [
      "a quite long name.mp4",
      "\u8b1b\u7fa9\u30d3\u30c7\u30aa.mp4",
      "e\u0301".repeat(9),
    ];
    for (const text of [...texts, "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}".repeat(4)]) {
      assertEquals(fitText(text, widthOf(text)), text);
      for (let cells = 0; cells < widthOf(text); cells++) {
        const fitting = fitText(text, cells);
        assert(widthOf(fitting) <= cells, `${fitting} in ${cells}`);
        assert(fitting.isWellFormed());
        if (cells >= 3) assert(fitting.endsWith("..."));
        assert(text.startsWith(fitting.replace(/\.+$/, "")), fitting);
      }
    }
    assertEquals(fitText("film.bin", 7), "film...");
  },
});

Deno.test({
  name: "table: columns are as wide as their widest cell on a terminal, numbers on the right",
  permissions: "none",
  fn() {
    assertEquals(
      formatTable(["NAME", "SIZE", "LAST"], [
        ["a", "1", "x"],
        ["\u6f22\u5b57.mp4", "12345", ""],
      ], ["SIZE"]),
      ["NAME       SIZE  LAST", "a             1  x", "\u6f22\u5b57.mp4  12345"].join("\n"),
    );
    assertEquals(formatTable(["A", "B"], []), "A  B");
  },
});

Deno.test({
  name: "chunk map: each cell shows how much of its chunks is held",
  permissions: "none",
  fn() {
    assertEquals(drawChunkMap(bits("1010"), 10), "\u2588\u00b7\u2588\u00b7");
    assertEquals(drawChunkMap(bits("11001000"), 4), "\u2588\u00b7\u2592\u00b7");
    assertEquals(drawChunkMap(bits("111110"), 1), "\u2593");
    assertEquals(drawChunkMap(bits("100000"), 1), "\u2591");
    assertEquals(drawChunkMap(bits(""), 10), "");
    assertEquals(drawChunkMap(bits("11"), 0), "");
  },
});

Deno.test({
  name:
    "chunk map: it is never wider than asked, full only if all is held, empty only if nothing is",
  permissions: "none",
  fn() {
    for (let length = 1; length < 130; length += 3) {
      for (const width of [1, 7, 40, 200]) {
        const cells = Math.min(length, width);
        assertEquals(drawChunkMap(Bitfield.full(length), width), "\u2588".repeat(cells));
        assertEquals(drawChunkMap(new Bitfield(length), width), "\u00b7".repeat(cells));
        for (const at of [0, length >> 1, length - 1]) {
          const one = new Bitfield(length);
          one.set(at);
          const allButOne = Bitfield.full(length);
          allButOne.clear(at);
          const shown = drawChunkMap(one, width).replaceAll("\u00b7", "");
          assertEquals(shown.length, 1, "a single chunk must be seen");
          const missing = drawChunkMap(allButOne, width).replaceAll("\u2588", "");
          assertEquals(missing.length, 1, "a single gap must be seen");
        }
      }
    }
  },
});

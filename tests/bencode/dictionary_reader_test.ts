import { assert, assertEquals, assertThrows } from "@std/assert";
import { BencodeShapeError, decode, DictionaryReader } from "../../lib/bencode/mod.ts";
import { bytesOfChars } from "../vectors/bencode_vectors.ts";

const FULL =
  "d3:bad2:\xc3\x283:big20:\xef\xbb\xbf4567890123456789\x001:di-5e4:dictd1:xi1ee4:hugei9007199254740992e" +
  "4:listl2:\xc3\xa91:be5:mixedl1:ai1ee4:noned0:lee4:rowsld1:xi1eed1:xi2eee4:text3:\xe2\x82\xace";

function reader(): DictionaryReader {
  return new DictionaryReader(decode(bytesOfChars(FULL), { mode: "tolerant" }), "reply");
}

function pure(name: string, fn: () => void): void {
  Deno.test({ name: `DictionaryReader ${name}`, permissions: "none", fn });
}

pure("gives members of the asked type", () => {
  const read = reader();
  assertEquals(read.bytes("text"), bytesOfChars("\xe2\x82\xac"));
  assertEquals(read.text("text"), "\u20ac");
  assertEquals(read.integer("d"), -5);
  assertEquals(read.list("list").length, 2);
  assertEquals(read.texts("list"), ["\u00e9", "b"]);
  assertEquals(read.dictionary("dict").integer("x"), 1);
  assertEquals(read.dictionaries("rows").map((row) => row.integer("x")), [1, 2]);
  assert(read.has("dict") && !read.has("x"));
});

pure("keeps a byte order mark and NUL in text", () => {
  assertEquals(reader().text("big"), "\ufeff4567890123456789\0");
});

pure("gives undefined for what is absent and optional", () => {
  const read = reader();
  assertEquals(read.optionalBytes("nil"), undefined);
  assertEquals(read.optionalText("nil"), undefined);
  assertEquals(read.optionalInteger("nil"), undefined);
  assertEquals(read.optionalList("nil"), undefined);
  assertEquals(read.optionalDictionary("nil"), undefined);
});

pure("names what is read and the key at fault", () => {
  const table: [string, (read: DictionaryReader) => unknown, string][] = [
    ["nil", (read) => read.bytes("nil"), "nil is missing"],
    ["nil", (read) => read.text("nil"), "nil is missing"],
    ["nil", (read) => read.integer("nil"), "nil is missing"],
    ["nil", (read) => read.list("nil"), "nil is missing"],
    ["nil", (read) => read.dictionary("nil"), "nil is missing"],
    ["nil", (read) => read.texts("nil"), "nil is missing"],
    ["nil", (read) => read.dictionaries("nil"), "nil is missing"],
    ["d", (read) => read.bytes("d"), "d is an integer, must be a byte string"],
    ["list", (read) => read.text("list"), "list is a list, must be a byte string"],
    ["text", (read) => read.integer("text"), "text is a byte string, must be an integer"],
    ["dict", (read) => read.optionalInteger("dict"), "dict is a dictionary, must be an integer"],
    ["dict", (read) => read.optionalList("dict"), "dict is a dictionary, must be a list"],
    ["list", (read) => read.optionalDictionary("list"), "list is a list, must be a dictionary"],
    ["bad", (read) => read.text("bad"), "bad is not UTF-8"],
    ["mixed", (read) => read.texts("mixed"), "mixed holds an integer, must hold byte strings"],
    [
      "mixed",
      (read) => read.dictionaries("mixed"),
      "mixed holds a byte string, must hold dictionaries",
    ],
    ["text", (read) => read.bytes("text", { length: 4 }), "text has 3 bytes, must have 4"],
    [
      "text",
      (read) => read.bytes("text", { maxLength: 2 }),
      "text has 3 bytes, must have at most 2",
    ],
    ["text", (read) => read.text("text", { maxBytes: 2 }), "text has 3 bytes, must have at most 2"],
    ["d", (read) => read.integer("d", { min: -4 }), "d is -5, must be at least -4"],
    ["d", (read) => read.integer("d", { max: -6 }), "d is -5, must be at most -6"],
    [
      "huge",
      (read) => read.integer("huge"),
      "huge is 9007199254740992, must be at most 9007199254740991",
    ],
  ];
  for (const [key, readIt, reason] of table) {
    const error = assertThrows(() => readIt(reader()), BencodeShapeError);
    assertEquals(error.message, `Cannot read reply: ${reason}`);
    assertEquals([error.what, error.key, error.reason], ["reply", key, reason]);
  }
});

pure("accepts the limits themselves", () => {
  const read = reader();
  read.bytes("text", { length: 3, maxLength: 3 });
  read.text("text", { maxBytes: 3 });
  read.integer("d", { min: -5, max: -5 });
});

pure("names the way to a dictionary inside another", () => {
  assertThrows(
    () => reader().dictionary("dict").text("y"),
    BencodeShapeError,
    "Cannot read dict of reply: y is missing",
  );
  assertThrows(
    () => reader().dictionaries("rows")[1]?.text("x"),
    BencodeShapeError,
    "Cannot read rows 1 of reply: x is an integer",
  );
});

pure("refuses a value that is no dictionary", () => {
  for (
    const [encoded, kind] of [["i1e", "an integer"], ["le", "a list"], [
      "0:",
      "a byte string",
    ]] as const
  ) {
    assertThrows(
      () => new DictionaryReader(decode(bytesOfChars(encoded)), "reply"),
      BencodeShapeError,
      `Cannot read reply: it is ${kind}, must be a dictionary`,
    );
  }
});

import { assertEquals, assertThrows } from "@std/assert";
import { decode, type Encodable, encode, MAX_DEPTH } from "../../lib/bencode/mod.ts";
import { bytesOfChars, CANONICAL } from "../vectors/bencode_vectors.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name: `encode() ${name}`, permissions: "none", fn });
}

pure("writes every canonical vector, those of BEP 3 among them", () => {
  for (const [encoded, value] of CANONICAL) {
    assertEquals(encode(value), bytesOfChars(encoded), encoded);
    assertEquals(encode(decode(bytesOfChars(encoded))), bytesOfChars(encoded), encoded);
  }
});

pure("writes text and the keys of objects as UTF-8 (BEP 3)", () => {
  assertEquals(
    encode({ "\u00e9": "\u65e5", plain: "text", empty: "" }),
    bytesOfChars("d5:empty0:5:plain4:text2:\xc3\xa93:\xe6\x97\xa5e"),
  );
});

pure("writes the keys of a map a byte a character", () => {
  assertEquals(encode(new Map([["\xe9", 1], ["\x00", 2]])), bytesOfChars("d1:\x00i2e1:\xe9i1ee"));
});

pure("sorts keys as raw strings (BEP 3), not by UTF-16", () => {
  // U+FF5E is below U+1F600 in UTF-8 and above its surrogates in UTF-16.
  assertEquals(
    encode({ "\ud83d\ude00": 1, "\uff5e": 2, a: 3, B: 4, aa: 5 }),
    bytesOfChars("d1:Bi4e1:ai3e2:aai5e3:\xef\xbd\x9ei2e4:\xf0\x9f\x98\x80i1ee"),
  );
});

pure("leaves out members that are undefined", () => {
  assertEquals(encode({ a: undefined, b: 1, c: undefined }), bytesOfChars("d1:bi1ee"));
  assertEquals(encode({ a: undefined }), bytesOfChars("de"));
});

pure("writes an own member called __proto__ and objects without prototype", () => {
  const value: Record<string, Encodable> = Object.assign(Object.create(null), { b: 1 });
  Object.defineProperty(value, "__proto__", { value: 2, enumerable: true });
  assertEquals(encode(value), bytesOfChars("d9:__proto__i2e1:bi1ee"));
});

pure("writes integers of any size exactly, and minus zero as zero", () => {
  assertEquals(
    encode([-0, 2 ** 53 - 1, 2n ** 64n]),
    bytesOfChars("li0ei9007199254740991ei18446744073709551616ee"),
  );
});

pure("refuses numbers that are not safe integers", () => {
  for (const value of [1.5, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53)]) {
    assertThrows(() => encode([value]), RangeError, `Cannot encode ${value}`);
  }
});

pure("refuses values that bencode has no form for", () => {
  const values = [null, undefined, true, Symbol.iterator, () => 1, new Date(0), new Set([1])];
  for (const value of values) {
    assertThrows(() => encode([value as unknown as Encodable]), TypeError, "Cannot encode");
  }
  assertThrows(() => encode(new Map([["\u0100", 1]])), TypeError, "one byte");
});

pure("nests as deep as decode() reads, and ends for a value inside itself", () => {
  let nested: Encodable = [];
  for (let depth = 1; depth < MAX_DEPTH; depth++) nested = [nested];
  assertEquals(encode(decode(encode(nested))), encode(nested));
  assertThrows(() => encode([nested]), RangeError, "deeper");
  const endless: Encodable[] = [];
  endless.push({ endless });
  assertThrows(() => encode(endless), RangeError, "deeper");
});

pure("grows for long values", () => {
  const long = new Uint8Array(300_000).fill(7);
  const text = "\u00e9".repeat(100_000);
  assertEquals(decode(encode([long, text])), [long, new TextEncoder().encode(text)]);
});

pure("does not share memory with what it was given or gave before", () => {
  const bytes = Uint8Array.of(1, 2);
  const first = encode(bytes);
  const second = encode(bytes);
  bytes.fill(9);
  first.fill(0);
  assertEquals(second, bytesOfChars("2:\x01\x02"));
});

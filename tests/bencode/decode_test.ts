import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  BencodeError,
  decode,
  type DecodeOptions,
  MAX_DEPTH,
  MAX_INTEGER_DIGITS,
  MAX_LENGTH,
  MAX_VALUES,
} from "../../lib/bencode/mod.ts";
import { bytesOfChars, CANONICAL, MALFORMED } from "../vectors/bencode_vectors.ts";

function decodeChars(text: string, options?: DecodeOptions): ReturnType<typeof decode> {
  return decode(bytesOfChars(text), options);
}

function pure(name: string, fn: () => void): void {
  Deno.test({ name: `decode() ${name}`, permissions: "none", fn });
}

pure("reads every canonical vector, those of BEP 3 among them, in both modes", () => {
  for (const [encoded, value] of CANONICAL) {
    assertEquals(decodeChars(encoded), value, encoded);
    assertEquals(decodeChars(encoded, { mode: "tolerant" }), value, encoded);
  }
});

pure("refuses leading zeros, -0, keys unsorted or no strings (BEP 3), and says why", () => {
  for (const [encoded, offset, reason] of MALFORMED) {
    const error = assertThrows(() => decodeChars(encoded), BencodeError, undefined, encoded);
    assertEquals(error.offset, offset, `${encoded}: ${error.message}`);
    assertStringIncludes(error.reason, reason, encoded);
    assertEquals(error.message, `Cannot decode bencode at byte ${offset}: ${error.reason}`);
  }
});

pure("refuses every truncation of every vector, at or before its end", () => {
  for (const [encoded] of CANONICAL) {
    const bytes = bytesOfChars(encoded);
    for (let length = 0; length < bytes.length; length++) {
      const error = assertThrows(() => decode(bytes.subarray(0, length)), BencodeError);
      assert(error.offset <= length, `${encoded} cut to ${length}: ${error.message}`);
    }
  }
});

pure("refuses every vector with a byte behind it", () => {
  for (const [encoded] of CANONICAL) {
    const error = assertThrows(() => decodeChars(`${encoded}e`), BencodeError);
    assertEquals(error.offset, encoded.length);
  }
});

pure("gives byte strings as views of the input, wherever that lies in its buffer", () => {
  const buffer = bytesOfChars("xxxd1:k3:abcexxx");
  const value = decode(buffer.subarray(3, 13));
  assert(value instanceof Map);
  const member = value.get("k");
  assert(member instanceof Uint8Array);
  assertEquals(member.buffer, buffer.buffer);
  assertEquals(member, bytesOfChars("abc"));
  assertEquals(member.byteOffset, 9);
});

pure("tolerates unsorted keys when told to, and nothing else", () => {
  assertEquals([
    ...decodeChars("d1:bi1e1:ai2e1:ci3ee", { mode: "tolerant" }) as Map<string, number>,
  ], [
    ["b", 1],
    ["a", 2],
    ["c", 3],
  ]);
  for (const [encoded, , reason] of MALFORMED) {
    if (reason === "not sorted") decodeChars(encoded, { mode: "tolerant" });
    else assertThrows(() => decodeChars(encoded, { mode: "tolerant" }), BencodeError);
  }
});

pure("refuses a key given twice in either mode, side by side or not", () => {
  for (const encoded of ["d1:ai1e1:ai2ee", "d1:ai1e1:bi2e1:ai3ee", "d1:bi1e1:ai2e1:bi3e1:ai4ee"]) {
    const error = assertThrows(() => decodeChars(encoded, { mode: "tolerant" }), BencodeError);
    assertStringIncludes(error.reason, "twice");
    assertThrows(() => decodeChars(encoded), BencodeError);
  }
});

pure("keeps keys such as __proto__ as plain keys", () => {
  const value = decodeChars("d9:__proto__d8:pollutedi1ee11:constructori2ee", { mode: "tolerant" });
  assert(value instanceof Map);
  assertEquals([...value.keys()], ["__proto__", "constructor"]);
  assertEquals(({} as Record<string, unknown>)["polluted"], undefined);
});

pure("gives each of 65,792 short keys its own text", () => {
  const keys = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
  const pairs = keys.flatMap((first) => keys.map((second) => first + second));
  const sorted = [...keys, ...pairs].sort();
  const encoded = `d${sorted.map((key) => `${key.length}:${key}i0e`).join("")}e`;
  for (let round = 0; round < 2; round++) {
    const value = decodeChars(encoded);
    assert(value instanceof Map);
    assertEquals([...value.keys()], sorted);
  }
});

pure("reads keys of any length", () => {
  for (const length of [23, 24, 25, 1000, 100_000]) {
    const key = "\xe9k".repeat(length / 2) + "x".repeat(length % 2);
    assertEquals(decodeChars(`d${length}:${key}i7ee`), new Map([[key, 7]]));
  }
});

pure("rounds no integer of however many digits (BEP 3), and refuses more than the limit", () => {
  const digits = "9".repeat(MAX_INTEGER_DIGITS);
  assertEquals(decodeChars(`i${digits}e`), 10n ** BigInt(MAX_INTEGER_DIGITS) - 1n);
  assertEquals(decodeChars(`i-${digits}e`), 1n - 10n ** BigInt(MAX_INTEGER_DIGITS));
  const error = assertThrows(() => decodeChars(`i${digits}0e`), BencodeError, "digits");
  assertEquals(error.offset, 1);
});

pure("nests as deep as the limit and no deeper, however deep the input", () => {
  for (const [open, close] of [["l", "e"], ["d1:a", "e"]] as const) {
    const nested = (depth: number): string =>
      `${open.repeat(depth - 1)}${open[0]}${close.repeat(depth)}`;
    decodeChars(nested(MAX_DEPTH));
    const error = assertThrows(() => decodeChars(nested(MAX_DEPTH + 1)), BencodeError, "deeper");
    assertEquals(error.offset, open.length * MAX_DEPTH);
    assertThrows(() => decodeChars(open.repeat(1_000_000)), BencodeError, "deeper");
    decodeChars(nested(3), { maxDepth: 3 });
    assertThrows(() => decodeChars(nested(4), { maxDepth: 3 }), BencodeError, "deeper than 3");
    assertThrows(
      () => decodeChars(nested(101), { maxDepth: 1e6 }),
      BencodeError,
      "deeper than 100",
    );
  }
  assertThrows(() => decodeChars("le", { maxDepth: 0 }), BencodeError);
  assertEquals(decodeChars("i1e", { maxDepth: 0 }), 1);
});

pure("holds as many values as the limit and no more", () => {
  decodeChars("l1:ai2elee", { maxValues: 4 });
  assertThrows(() => decodeChars("l1:ai2elee", { maxValues: 3 }), BencodeError, "more than 3");
  decodeChars("d1:ai1e1:bi2ee", { maxValues: 3 });
  assertThrows(() => decodeChars("d1:ai1e1:bi2ee", { maxValues: 2 }), BencodeError, "more than 2");
  decodeChars(`l${"0:".repeat(MAX_VALUES - 1)}e`);
  assertThrows(() => decodeChars(`l${"0:".repeat(MAX_VALUES)}e`), BencodeError, "values");
});

pure("takes input as long as the limit and no longer", () => {
  decodeChars("4:spam", { maxLength: 6 });
  const error = assertThrows(() => decodeChars("4:spam", { maxLength: 5 }), BencodeError);
  assertEquals(error.offset, 5);
  const longest = new Uint8Array(MAX_LENGTH);
  longest.set(bytesOfChars(`${MAX_LENGTH - 9}:`));
  decode(longest);
  assertThrows(() => decode(new Uint8Array(MAX_LENGTH + 1)), BencodeError, "longer than");
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import { BencodeError, type BencodeValue, decodeWithRaw, rawValue } from "../../lib/bencode/mod.ts";
import { bytesOfChars, CANONICAL } from "../vectors/bencode_vectors.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name: `rawValue() ${name}`, permissions: "none", fn });
}

pure("gives the bytes of a value as they stand in the input", () => {
  for (const [encoded] of CANONICAL) {
    const bytes = bytesOfChars(`d1:ai1e4:info${encoded}1:zlee`);
    const raw = rawValue(bytes, "info");
    assertEquals(raw, bytesOfChars(encoded));
    assertEquals(raw?.buffer, bytes.buffer);
  }
});

pure("leaves unsorted keys inside the value as they are", () => {
  const bytes = bytesOfChars("d4:infod1:bi1e1:ai2eee");
  assertEquals(rawValue(bytes, "info", { mode: "tolerant" }), bytesOfChars("d1:bi1e1:ai2ee"));
  assertThrows(() => rawValue(bytes, "info"), BencodeError, "not sorted");
});

pure("looks at the outermost dictionary only", () => {
  const bytes = bytesOfChars("d1:ad4:infoi1eee");
  assertEquals(rawValue(bytes, "info"), undefined);
  assertEquals(rawValue(bytesOfChars("d1:ad4:infoi1ee4:infoi2ee"), "info"), bytesOfChars("i2e"));
  assertEquals(rawValue(bytesOfChars("d4:infod4:infoi1eee"), "info"), bytesOfChars("d4:infoi1ee"));
});

pure("refuses what is no dictionary, even one inside a list", () => {
  for (const encoded of ["i1e", "4:info", "ld4:infoi1eee"]) {
    const error = assertThrows(() => rawValue(bytesOfChars(encoded), "info"), BencodeError);
    assertEquals(error.offset, 0);
  }
});

pure("refuses input that is malformed behind the value", () => {
  const error = assertThrows(
    () => rawValue(bytesOfChars("d4:infoi1e1:zi00ee"), "info"),
    BencodeError,
  );
  assert(error.offset > 10);
});

Deno.test({
  name: "decodeWithRaw() gives the decoded dictionary and the bytes of one value",
  permissions: "none",
  fn() {
    const bytes = bytesOfChars("d1:ai1e4:infolee");
    const value = new Map<string, BencodeValue>([["a", 1], ["info", []]]);
    assertEquals(decodeWithRaw(bytes, "info"), { value, raw: bytesOfChars("le") });
    assertEquals(decodeWithRaw(bytes, "nil"), { value, raw: undefined });
  },
});

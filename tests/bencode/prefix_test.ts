import { assert, assertEquals, assertThrows } from "@std/assert";
import { BencodeError, decode, decodePrefix, encode } from "../../lib/bencode/mod.ts";
import { bytesOfChars, CANONICAL } from "../vectors/bencode_vectors.ts";
import { mutate, seededRandom } from "./seeded_random.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name: `decodePrefix() ${name}`, permissions: "none", fn });
}

pure("gives the first value, and whatever bytes are behind it as a view", () => {
  for (const [encoded] of CANONICAL) {
    for (const behind of ["", "e", "i1e", "\xff\x00garbage", encoded]) {
      const bytes = bytesOfChars(encoded + behind);
      const { value, rest } = decodePrefix(bytes);
      assertEquals(value, decode(bytesOfChars(encoded)));
      assertEquals(rest, bytesOfChars(behind));
      assert(rest.buffer === bytes.buffer);
    }
  }
});

pure("reads what stands amid other bytes, and goes no further than its input", () => {
  const bytes = bytesOfChars("xxi42eyyzz").subarray(2, 8);
  const { value, rest } = decodePrefix(bytes);
  assertEquals([value, rest], [42, bytesOfChars("yy")]);
  assertThrows(() => decodePrefix(bytesOfChars("9:abcdefghi").subarray(0, 10)), BencodeError);
});

pure("refuses every truncation of a value, where decode() does too", () => {
  for (const [encoded] of CANONICAL) {
    for (let length = 0; length < encoded.length; length++) {
      const bytes = bytesOfChars(encoded.slice(0, length));
      assertThrows(() => decodePrefix(bytes), BencodeError);
    }
  }
});

pure("keeps to the limits, which do not count what is behind the value", () => {
  const nested = (depth: number) => bytesOfChars("l".repeat(depth) + "e".repeat(depth) + "lllll");
  decodePrefix(nested(4), { maxDepth: 4 });
  assertThrows(() => decodePrefix(nested(5), { maxDepth: 4 }), BencodeError);
  assertThrows(() => decodePrefix(bytesOfChars("l".repeat(1_000_000))), BencodeError);
  decodePrefix(bytesOfChars("li1ei2ee" + "i1e".repeat(1_000)), { maxValues: 3 });
  assertThrows(() => decodePrefix(bytesOfChars("li1ei2ei3ee"), { maxValues: 3 }), BencodeError);
});

pure("takes unsorted keys in tolerant mode alone", () => {
  const bytes = bytesOfChars("d1:bi1e1:ai2ee behind");
  assertEquals(decodePrefix(bytes, { mode: "tolerant" }).rest, bytesOfChars(" behind"));
  assertThrows(() => decodePrefix(bytes), BencodeError, "not sorted");
});

pure("of mutated values gives one that encode() writes as the bytes before the rest", () => {
  const random = seededRandom(9);
  let accepted = 0;
  let refused = 0;
  for (const [encoded] of CANONICAL) {
    for (let round = 0; round < 200; round++) {
      const bytes = mutate(bytesOfChars(`${encoded}some bytes`), random);
      let prefix;
      try {
        prefix = decodePrefix(bytes);
      } catch (error) {
        assert(error instanceof BencodeError, `${error}`);
        refused++;
        continue;
      }
      accepted++;
      assertEquals(encode(prefix.value), bytes.subarray(0, bytes.length - prefix.rest.length));
    }
  }
  assert(accepted > 100 && refused > 100, `${accepted} accepted, ${refused} refused`);
});

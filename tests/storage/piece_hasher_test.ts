import { assertEquals } from "@std/assert";
import { encodeHex } from "../../lib/bytes/mod.ts";
import { PieceHasher } from "../../lib/storage/piece_hasher.ts";
import { sha1 } from "../../lib/storage/sha1.ts";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";

const MIB = 1024 * 1024;

for (const spare of [0, 1, Infinity]) {
  Deno.test(`Every piece gets its own hash with ${spare} processors to spare, many at once`, async () => {
    const random = seededRandom(7);
    const hasher = new PieceHasher(spare);
    const pieces = [3 * MIB, 1, 0, MIB, MIB + 1, 100_000, MIB, 2 * MIB, MIB, 5]
      .map((length) => randomBytes(random, length));
    for (let round = 0; round < 2; round++) {
      const hashes = await Promise.all(pieces.map((piece) => hasher.hash(piece)));
      const right = await Promise.all(pieces.map((piece) => sha1(piece)));
      assertEquals(hashes.map(encodeHex), right.map(encodeHex));
    }
  });
}

Deno.test("A piece whose bytes are a part of a larger buffer is hashed alone", async () => {
  const hasher = new PieceHasher(0);
  const buffer = randomBytes(seededRandom(8), 12 * MIB);
  for (let at = 0; at < buffer.length; at += MIB) {
    const piece = buffer.subarray(at, at + MIB);
    assertEquals(encodeHex(await hasher.hash(piece)), encodeHex(await sha1(piece)));
  }
});

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type InfoHash, infoHashFromBytes, infoHashFromHex } from "../../../lib/bytes/mod.ts";
import { ALLOWED_FAST_COUNT, allowedFastSet } from "../../../lib/peer/wire/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "../../bytes/seeded_random.ts";

/** The torrent of the examples of BEP 6. */
const EXAMPLE = { infoHash: infoHashFromHex("aa".repeat(20)), pieceCount: 1313 };

async function listOf(
  options: { host: string; infoHash: InfoHash; pieceCount: number; count?: number },
): Promise<number[]> {
  return [...await allowedFastSet(options)];
}

Deno.test({
  name: "allowedFastSet gives the 7 and the 9 pieces of the examples of BEP 6, in their order",
  permissions: "none",
  async fn() {
    const seven = [1059, 431, 808, 1217, 287, 376, 1188];
    const host = "80.4.4.200";
    assertEquals(await listOf({ ...EXAMPLE, host, count: 7 }), seven);
    assertEquals(await listOf({ ...EXAMPLE, host, count: 9 }), [...seven, 353, 508]);
  },
});

Deno.test({
  name: "allowedFastSet gives 10 pieces where no number is asked for (BEP 6, k)",
  permissions: "none",
  async fn() {
    assertEquals(ALLOWED_FAST_COUNT, 10);
    const ten = await listOf({ ...EXAMPLE, host: "80.4.4.200" });
    assertEquals(ten.length, 10);
    assertEquals(ten.slice(0, 9), [1059, 431, 808, 1217, 287, 376, 1188, 353, 508]);
  },
});

Deno.test({
  name: "allowedFastSet is the same for a network of 256 addresses, and another for the next one",
  permissions: "none",
  async fn() {
    const wanted = await listOf({ ...EXAMPLE, host: "80.4.4.200" });
    for (const host of ["80.4.4.0", "80.4.4.1", "80.4.4.255", "::ffff:80.4.4.9"]) {
      assertEquals(await listOf({ ...EXAMPLE, host }), wanted, host);
    }
    assertNotEquals(await listOf({ ...EXAMPLE, host: "80.4.5.200" }), wanted);
  },
});

Deno.test({
  name: "Whoever offers k+1 pieces fast offers the same k and one more (BEP 6)",
  permissions: "none",
  async fn() {
    const random = seededRandom(6);
    for (let round = 0; round < 50; round++) {
      const host = randomBytes(random, 4).join(".");
      const infoHash = infoHashFromBytes(randomBytes(random, 20));
      const pieceCount = 1 + randomBelow(random, 100);
      let smaller: number[] = [];
      for (let count = 0; count <= Math.min(pieceCount, 30); count++) {
        const larger = await listOf({ host, infoHash, pieceCount, count });
        assertEquals(larger.length, count);
        assertEquals(larger.slice(0, smaller.length), smaller);
        assert(larger.every((index) => index >= 0 && index < pieceCount));
        smaller = larger;
      }
    }
  },
});

Deno.test({
  name: "allowedFastSet of a torrent of fewer pieces than are asked for has each of them once",
  permissions: "none",
  async fn() {
    const { infoHash } = EXAMPLE;
    for (const pieceCount of [1, 2, 9, 10]) {
      const set = await allowedFastSet({ host: "255.255.255.255", infoHash, pieceCount });
      const sorted = [...set].sort((one, other) => one - other);
      assertEquals(sorted, Array.from({ length: pieceCount }, (_, index) => index));
    }
  },
});

Deno.test({
  name:
    "allowedFastSet is empty for what is no IPv4 address, as BEP 6 has no provisions for others",
  permissions: "none",
  async fn() {
    for (const host of ["2001:db8::7", "::1", "peer.example", "", "80.4.4"]) {
      assertEquals(await listOf({ ...EXAMPLE, host }), [], host);
    }
  },
});

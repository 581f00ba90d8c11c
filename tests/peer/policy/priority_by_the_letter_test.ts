import { assert, assertEquals } from "@std/assert";
import { formatIp } from "../../../lib/net/mod.ts";
import { peerPriority } from "../../../lib/peer/policy/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "../../bytes/seeded_random.ts";

/** CRC-32C by division of polynomials with the highest bit first, as its definition has it. */
function crc32c(bytes: readonly number[]): number {
  const reversed = (value: number, width: number): bigint => {
    const digits = value.toString(2).padStart(width, "0");
    return BigInt(`0b${[...digits].reverse().join("")}`);
  };
  let dividend = 0n;
  for (const byte of bytes) dividend = (dividend << 8n) | reversed(byte, 8);
  const length = BigInt(8 * bytes.length);
  // The register begins with ones, which is as if the first 32 bits were turned around.
  let rest = (dividend << 32n) ^ (0xffffffffn << length);
  for (let bit = length + 31n; bit >= 32n; bit--) {
    if ((rest >> bit) & 1n) rest ^= 0x11edc6f41n << (bit - 32n);
  }
  return Number(reversed(Number(rest ^ 0xffffffffn), 32));
}

/** The mask of BEP 40 for two addresses: written out for each length of the part they share. */
function maskOf(one: Uint8Array, other: Uint8Array): number[] {
  const isShared = (length: number): boolean =>
    one.slice(0, length).every((byte, at) => byte === other[at]);
  const whole = one.length === 4
    ? (isShared(3) ? 4 : isShared(2) ? 3 : 2)
    : [15, 14, 13, 12, 11, 10, 9, 8, 7, 6].find(isShared);
  const kept = one.length === 4 ? whole! : (whole ?? 5) + 1;
  return Array.from(one, (_, at) => at < kept ? 0xff : 0x55);
}

function priorityByTheLetter(one: Uint8Array, other: Uint8Array): number {
  const mask = maskOf(one, other);
  const masked = [one, other].map((bytes) => Array.from(bytes, (byte, at) => byte & mask[at]!));
  const names = masked.map((bytes) =>
    bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")
  );
  return crc32c(names[0]! <= names[1]! ? masked.flat() : masked.toReversed().flat());
}

Deno.test({
  name: "The checksum of these tests is that of RFC 3720, and gives the examples of BEP 40",
  permissions: "none",
  fn() {
    assertEquals(crc32c([..."123456789"].map((char) => char.charCodeAt(0))), 0xe3069283);
    assertEquals(crc32c(new Array(32).fill(0)), 0x8a9136aa);
    const client = Uint8Array.of(123, 213, 32, 10);
    assertEquals(priorityByTheLetter(client, Uint8Array.of(98, 76, 54, 32)), 0xec2d7224);
    assertEquals(priorityByTheLetter(client, Uint8Array.of(123, 213, 32, 234)), 0x99568189);
  },
});

for (const length of [4, 16]) {
  Deno.test({
    name:
      `peerPriority is what BEP 40 says of addresses of ${length} bytes, however much they share`,
    permissions: "none",
    fn() {
      const random = seededRandom(40 + length);
      for (let round = 0; round < 1_000; round++) {
        const one = randomBytes(random, length);
        const other = randomBytes(random, length);
        const shared = randomBelow(random, length);
        other.set(one.subarray(0, shared));
        if (other[shared] === one[shared]) other[shared]! ^= 1;
        const [ours, theirs] = [one, other].map((bytes) => ({ host: formatIp(bytes), port: 1 }));
        const wanted = priorityByTheLetter(one, other);
        assertEquals(peerPriority(ours!, theirs!), wanted, `${ours!.host} ${theirs!.host}`);
        assertEquals(peerPriority(theirs!, ours!), wanted, "both ends get the same");
      }
    },
  });
}

Deno.test({
  name:
    "peerPriority of two peers at one address is that of their ports, the lower one first (BEP 40)",
  permissions: "none",
  fn() {
    const random = seededRandom(41);
    for (const host of ["192.0.2.1", "2001:db8::1"]) {
      for (let round = 0; round < 200; round++) {
        const [low, high] = [randomBelow(random, 65_536), randomBelow(random, 65_536)].sort(
          (a, b) => a - b,
        );
        assert(low !== undefined && high !== undefined);
        const wanted = crc32c([low >> 8, low & 255, high >> 8, high & 255]);
        assertEquals(peerPriority({ host, port: low }, { host, port: high }), wanted);
        assertEquals(peerPriority({ host, port: high }, { host, port: low }), wanted);
      }
    }
  },
});

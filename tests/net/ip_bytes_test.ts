import { assertEquals, assertThrows } from "@std/assert";
import { formatIp, ipBytes, writeIpv4 } from "../../lib/net/mod.ts";
import { seededRandom } from "../bytes/seeded_random.ts";

const IPV6: readonly (readonly [text: string, hex: string])[] = [
  ["::", "0".repeat(32)],
  ["::1", `${"0".repeat(31)}1`],
  ["2001:db8::7", "20010db8000000000000000000000007"],
  ["fe80::1:2:3:4", "fe800000000000000001000200030004"],
  ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
  ["2001:db8::", `20010db8${"0".repeat(24)}`],
];

function hexOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test({
  name: "ipBytes gives the bytes of an address in network order, and formatIp its one spelling",
  permissions: "none",
  fn() {
    for (const text of ["0.0.0.0", "1.2.3.4", "192.0.2.255", "255.255.255.255"]) {
      const bytes = ipBytes(text);
      assertEquals(bytes && [...bytes], text.split(".").map(Number));
      assertEquals(formatIp(bytes ?? new Uint8Array()), text);
    }
    for (const [text, hex] of IPV6) {
      const bytes = ipBytes(text);
      assertEquals(hexOf(bytes), hex, text);
      assertEquals(formatIp(bytes ?? new Uint8Array()), text);
    }
    assertEquals(hexOf(ipBytes("2001:DB8:0:0::7")), IPV6[2]?.[1]);
  },
});

Deno.test({
  name: "ipBytes takes an IPv6 address that stands for one of IPv4 as that",
  permissions: "none",
  fn() {
    for (const text of ["::ffff:192.0.2.7", "::ffff:c000:207"]) {
      assertEquals(hexOf(ipBytes(text)), "c0000207");
    }
    const mapped = new Uint8Array(16);
    mapped.set([0xff, 0xff, 192, 0, 2, 7], 10);
    assertEquals(formatIp(mapped), "192.0.2.7");
  },
});

Deno.test({
  name: "ipBytes and writeIpv4 take nothing that is no address",
  permissions: "none",
  fn() {
    const wrong = [
      "",
      "1.2.3",
      "1.2.3.4.5",
      "1..2.3",
      "256.1.1.1",
      "01.2.3.4",
      "1.2.3.4 ",
      "a.b.c.d",
    ];
    for (const text of [...wrong, "localhost", "-1.2.3.4", "1.2.3.", ".1.2.3", "+1.2.3.4"]) {
      assertEquals(ipBytes(text), undefined, text);
      assertEquals(writeIpv4(text, new Uint8Array(8), 0), false, text);
    }
    for (const text of [":::", "1:2:3", "fe80::1%eth0", "2001:db8::g"]) {
      assertEquals(ipBytes(text), undefined, text);
    }
    for (const length of [0, 3, 5, 15, 17]) {
      assertThrows(() => formatIp(new Uint8Array(length)), RangeError, "must have 4 or 16");
    }
  },
});

Deno.test({
  name: "formatIp and ipBytes are each other's opposite, whatever the bytes",
  permissions: "none",
  fn() {
    const random = seededRandom(77);
    for (let round = 0; round < 2_000; round++) {
      const bytes = Uint8Array.from({ length: round % 2 === 0 ? 4 : 16 }, () => {
        // Many zeros, so that each shape of a shortened address comes.
        return random() < 0.5 ? 0 : Math.floor(random() * 256);
      });
      const text = formatIp(bytes);
      const folded = text.includes(":") || bytes.length === 4 ? bytes : bytes.subarray(12);
      assertEquals(ipBytes(text), folded, text);
    }
  },
});

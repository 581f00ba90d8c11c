import { assertEquals } from "@std/assert";
import { ipBytes, isIpv6 } from "../../lib/net/mod.ts";
import { addressWords } from "../../lib/net/address_ranges.ts";
import { ipv6Words } from "../../lib/net/ipv6_words.ts";
import { randomBelow, seededRandom } from "../bytes/seeded_random.ts";

const PARTS = ["::", ":", ":", ":", "0", "1", "ffff", "FFFF", "abc", "12345", "g", "", "1.2.3.4"];
PARTS.push("255.255.255.255", "256.1.1.1", "1.2.3", ".", "2001", "db8", "0000", "64:ff9b:");

function asWords(bytes: Uint8Array | undefined): number[] | undefined {
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, word) => view.getUint32(4 * word));
}

Deno.test({
  name:
    "The words of an address are those of its bytes, whatever its spelling, and what is none has none",
  permissions: "none",
  fn() {
    const random = seededRandom(6);
    let addresses = 0;
    for (let round = 0; round < 8_000; round++) {
      const groups = Array.from({ length: 1 + randomBelow(random, 9) }, () => {
        const part = PARTS[randomBelow(random, PARTS.length)]!;
        return random() < 0.7 ? `${randomBelow(random, 65_536).toString(16)}:` : part;
      });
      const text = groups.join("").replace(random() < 0.8 ? /:$/ : /$/, "");
      if (isIpv6(text)) addresses++;
      assertEquals(addressWords(text), asWords(ipBytes(text)), text);
      assertEquals(ipv6Words(text) !== undefined, isIpv6(text), text);
    }
    // Else it would show nothing.
    assertEquals(addresses > 300, true, `${addresses} addresses`);
  },
});

Deno.test({
  name: "A zone does not count, and a mapped address is one of IPv4",
  permissions: "none",
  fn() {
    assertEquals(addressWords("fe80::1%eth0"), [0xfe800000, 0, 0, 1]);
    assertEquals(addressWords("::ffff:192.0.2.1"), [0xc0000201]);
    assertEquals(addressWords("0:0:0:0:0:FFFF:c000:0201"), [0xc0000201]);
    assertEquals(addressWords("::192.0.2.1"), [0, 0, 0, 0xc0000201]);
    for (const text of ["", "peer.example", "1.2.3", "[::1]", "::1%", ":"]) {
      assertEquals(addressWords(text) === undefined, text !== "::1%", text);
    }
  },
});

import { assertEquals, assertThrows } from "@std/assert";
import { decodeHex } from "../../lib/bytes/mod.ts";
import { decodeCompactPeers, encodeCompactPeers } from "../../lib/net/mod.ts";

Deno.test({
  name: "encodeCompactPeers packs addresses of each family by itself (BEP 23, BEP 7)",
  permissions: "none",
  fn() {
    const packed = encodeCompactPeers([
      { host: "192.0.2.7", port: 6881 },
      { host: "2001:db8::7", port: 51413 },
      { host: "tracker.example", port: 80 },
      { host: "::ffff:10.0.0.1", port: 1 },
      { host: "255.255.255.255", port: 65535 },
    ]);
    assertEquals(packed.ipv4, decodeHex("c00002071ae1" + "0a0000010001" + "ffffffffffff"));
    assertEquals(packed.ipv6, decodeHex("20010db8000000000000000000000007c8d5"));
    assertEquals(encodeCompactPeers([]), { ipv4: new Uint8Array(0), ipv6: new Uint8Array(0) });
  },
});

Deno.test({
  name: "decodeCompactPeers reads what others packed (BEP 23, BEP 7), and leaves out port 0",
  permissions: "none",
  fn() {
    // As in the reply of a tracker: low bytes, high bytes, and one at port 0.
    const ipv4 = decodeHex("7f0000011ae1" + "0a000002ffff" + "0a0000030000");
    assertEquals(decodeCompactPeers(ipv4, "ipv4"), [
      { host: "127.0.0.1", port: 6881 },
      { host: "10.0.0.2", port: 65535 },
    ]);
    const ipv6 = decodeHex("20010db80000000000000000000000071ae1");
    assertEquals(decodeCompactPeers(ipv6, "ipv6"), [{ host: "2001:db8::7", port: 6881 }]);
  },
});

Deno.test({
  name: "decodeCompactPeers refuses a list that is cut off at any byte",
  permissions: "none",
  fn() {
    for (const [family, entry] of [["ipv4", 6], ["ipv6", 18]] as const) {
      for (let length = 0; length <= 3 * entry; length++) {
        const bytes = new Uint8Array(length).fill(1);
        if (length % entry === 0) {
          assertEquals(decodeCompactPeers(bytes, family).length, length / entry);
        } else {
          assertThrows(() => decodeCompactPeers(bytes, family), RangeError, "no multiple");
        }
      }
    }
  },
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  foldMapped,
  formatAddress,
  isIpv4,
  isIpv6,
  isLoopback,
  parseAddress,
} from "../../lib/net/mod.ts";

const WITH_PORT: readonly (readonly [text: string, host: string, port: number])[] = [
  ["192.0.2.7:6789", "192.0.2.7", 6789],
  ["0.0.0.0:0", "0.0.0.0", 0],
  ["255.255.255.255:65535", "255.255.255.255", 65535],
  ["10.0.0.1:00080", "10.0.0.1", 80],
  [" 192.0.2.7:1 ", "192.0.2.7", 1],
  ["\t192.0.2.7:1\n", "192.0.2.7", 1],
  ["tracker.example:6969", "tracker.example", 6969],
  ["tracker.example.:6969", "tracker.example.", 6969],
  ["localhost:1", "localhost", 1],
  ["a:1", "a", 1],
  ["3com.example:1", "3com.example", 1],
  ["peer_1.lan:1", "peer_1.lan", 1],
  ["xn--bcher-kva.example:1", "xn--bcher-kva.example", 1],
  [`${"a".repeat(63)}.example:1`, `${"a".repeat(63)}.example`, 1],
  ["face:1234", "face", 1234],
  ["[2001:db8::7]:6789", "2001:db8::7", 6789],
  ["[::1]:1", "::1", 1],
  ["[::]:0", "::", 0],
  ["[2001:DB8:0:0:0:0:0:7]:1", "2001:db8::7", 1],
  ["[fe80::1%eth0]:1", "fe80::1%eth0", 1],
  ["[fe80::1%br-lan.100]:1", "fe80::1%br-lan.100", 1],
  ["[fe80::1%2]:1", "fe80::1%2", 1],
  ["[::ffff:192.0.2.7]:1", "192.0.2.7", 1],
  ["[::FFFF:192.0.2.7]:1", "192.0.2.7", 1],
  ["[::ffff:c000:207]:1", "192.0.2.7", 1],
  ["[0:0:0:0:0:ffff:192.0.2.7]:1", "192.0.2.7", 1],
  ["[64:ff9b::192.0.2.7]:1", "64:ff9b::c000:207", 1],
];

const WITHOUT_PORT: readonly (readonly [text: string, host: string])[] = [
  ["192.0.2.7", "192.0.2.7"],
  ["tracker.example", "tracker.example"],
  ["::1", "::1"],
  [" ::1 ", "::1"],
  ["2001:db8::7", "2001:db8::7"],
  ["1::2", "1::2"],
  ["fe80::1%eth0", "fe80::1%eth0"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["[2001:db8::7]", "2001:db8::7"],
];

const MALFORMED: readonly string[] = [
  "",
  " ",
  ":",
  ":80",
  "::80:",
  "[]:80",
  "[::1",
  "::1]:80",
  "[::1]80",
  "[::1]:",
  "[[::1]]:80",
  "[192.0.2.7]:80",
  "[tracker.example]:80",
  "[1:2:3:4:5:6:7:8:9]:80",
  "[12345::]:80",
  "[::1%]:80",
  "[::1%a b]:80",
  "[::1%eth0/../x]:80",
  "192.0.2.7:",
  "192.0.2.7:65536",
  "192.0.2.7:100000",
  "192.0.2.7:-1",
  "192.0.2.7:+1",
  "192.0.2.7:1e3",
  "192.0.2.7:0x50",
  "192.0.2.7:80:80",
  "192.0.2.7: 80",
  "192.0.2.7 :80",
  "192.0.2.7:\u0661",
  "256.0.0.1:80",
  "192.0.2:80",
  "192.0.2.7.9:80",
  "192.0.2.07:80",
  "2130706433:80",
  "127.1:80",
  "0x7f.1:80",
  "0x7f000001:80",
  "a..b:80",
  ".a:80",
  "a.-b:80",
  "-a:80",
  "a-:80",
  "*:80",
  "/:80",
  "%:80",
  "user@host:80",
  "http://host:80",
  "host/path:80",
  "ho st:80",
  "host\0:80",
  "host\n:80",
  "\u202ehost:80",
  "b\u00fccher.example:80",
  `${"a".repeat(64)}.example:80`,
  `${"a.".repeat(127)}:80`,
];

Deno.test({
  name: "parseAddress() reads hosts of all kinds with their port",
  permissions: "none",
  fn() {
    for (const [text, host, port] of WITH_PORT) {
      assertEquals(parseAddress(text), { host, port }, text);
      assertEquals(parseAddress(text, { defaultPort: 9 }), { host, port }, text);
    }
  },
});

Deno.test({
  name: "parseAddress() reads a host alone exactly if there is a default port",
  permissions: "none",
  fn() {
    for (const [text, host] of WITHOUT_PORT) {
      assertEquals(parseAddress(text, { defaultPort: 6789 }), { host, port: 6789 }, text);
      assertThrows(() => parseAddress(text), SyntaxError, "it must be HOST:PORT", text);
    }
  },
});

Deno.test({
  name: "parseAddress() refuses everything else",
  permissions: "none",
  fn() {
    for (const text of MALFORMED) {
      assertThrows(() => parseAddress(text), SyntaxError, "Cannot read address", text);
      assertThrows(() => parseAddress(text, { defaultPort: 1 }), SyntaxError, "", text);
    }
  },
});

Deno.test({
  name: "parseAddress() answers at once whatever a stranger wrote",
  permissions: "none",
  fn() {
    const patterns = ["a", "a.", "a-", "1.", "::", "[", "]", "%", "0:", "a:", " ", "_.", "f:"];
    const start = performance.now();
    for (const pattern of patterns) {
      for (const tail of ["", "!", ":80", "!:80", "]:80", ":"]) {
        for (const text of [pattern.repeat(20_000) + tail, `[${pattern.repeat(20_000)}${tail}`]) {
          assertThrows(() => parseAddress(text), SyntaxError);
        }
      }
    }
    const elapsedMs = performance.now() - start;
    assert(elapsedMs < 2000, `took ${elapsedMs} ms`);
  },
});

Deno.test({
  name: "formatAddress() writes what parseAddress() reads back",
  permissions: "none",
  fn() {
    assertEquals(formatAddress({ host: "192.0.2.7", port: 80 }), "192.0.2.7:80");
    assertEquals(formatAddress({ host: "2001:db8::7", port: 80 }), "[2001:db8::7]:80");
    assertEquals(formatAddress({ host: "tracker.example", port: 0 }), "tracker.example:0");
    for (const [text, host, port] of WITH_PORT) {
      assertEquals(parseAddress(formatAddress({ host, port })), { host, port }, text);
    }
  },
});

Deno.test({
  name: "foldMapped() turns IPv4 in IPv6's clothes into IPv4 and leaves other hosts alone",
  permissions: "none",
  fn() {
    assertEquals(foldMapped("::ffff:127.0.0.1"), "127.0.0.1");
    assertEquals(foldMapped("::FFFF:7f00:1"), "127.0.0.1");
    assertEquals(foldMapped("0:0:0:0:0:ffff:ffff:ffff"), "255.255.255.255");
    assertEquals(foldMapped("::ffff:0:0"), "0.0.0.0");
    for (const host of ["192.0.2.7", "::1", "::ffff:0:1:2", "::1:2", "example", "", "::ffff:x"]) {
      assertEquals(foldMapped(host), host);
    }
  },
});

Deno.test({
  name: "isLoopback() knows the addresses by which a machine reaches itself, and no others",
  permissions: "none",
  fn() {
    const own = [
      "127.0.0.1",
      "127.255.255.254",
      "::1",
      "0:0:0:0:0:0:0:1",
      "localhost",
      "LocalHost",
    ];
    for (const host of [...own, "::ffff:127.0.0.1", "::ffff:7f00:1"]) {
      assert(isLoopback(host), host);
    }
    const foreign = ["128.0.0.1", "126.255.255.255", "0.0.0.0", "::", "::2", "10.0.0.1", "1::1"];
    for (const host of [...foreign, "127.example", "127.0.0.1.example", "::ffff:10.0.0.1", ""]) {
      assert(!isLoopback(host), host);
    }
  },
});

Deno.test({
  name: "isIpv4() and isIpv6() accept the notations of an address and nothing near them",
  permissions: "none",
  fn() {
    for (const host of ["0.0.0.0", "1.2.3.4", "255.255.255.255", "99.100.199.249"]) {
      assert(isIpv4(host), host);
      assert(!isIpv6(host), host);
    }
    for (const host of ["1.2.3", "1.2.3.4.", ".1.2.3.4", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", ""]) {
      assert(!isIpv4(host), host);
    }
    for (const host of ["::", "::1", "1:2:3:4:5:6:7:8", "::1.2.3.4", "fe80::1%lo", "ABCD::"]) {
      assert(isIpv6(host), host);
      assert(!isIpv4(host), host);
    }
    for (
      const host of [":", ":::", "1::2::3", "[::1]", "::g", "::1/64", "1:2:3", "::1%", "::1.2.3"]
    ) {
      assert(!isIpv6(host), host);
    }
  },
});

import { assertEquals } from "@std/assert";
import { ipv4Interfaces, ipv6Interfaces } from "../../lib/net/mod.ts";

const LOOPBACK = [{ address: "127.0.0.1", scope: 0 }, { address: "::1", scope: 0 }];
const MACHINE = [
  ...LOOPBACK,
  { address: "192.0.2.4", scope: 0 },
  { address: "10.1.2.3", scope: 0 },
  { address: "2001:db8::4", scope: 0 },
  { address: "fe80::4", scope: 2 },
  { address: "fe80::5", scope: 3 },
];

Deno.test({
  name: "IPv4 groups are joined by all interfaces but loopback, or by the one that is named",
  permissions: "none",
  fn() {
    assertEquals(ipv4Interfaces("0.0.0.0", MACHINE), ["192.0.2.4", "10.1.2.3"]);
    assertEquals(ipv4Interfaces("::", MACHINE), ["192.0.2.4", "10.1.2.3"]);
    assertEquals(ipv4Interfaces("10.1.2.3", MACHINE), ["10.1.2.3"]);
    assertEquals(ipv4Interfaces("127.0.0.1", MACHINE), ["127.0.0.1"]);
    assertEquals(ipv4Interfaces("fd00::1", MACHINE), []);
  },
});

Deno.test({
  name:
    "IPv4 groups are joined by loopback where there is nothing else, and as the system likes it",
  permissions: "none",
  fn() {
    assertEquals(ipv4Interfaces("0.0.0.0", LOOPBACK), ["127.0.0.1"]);
    assertEquals(ipv4Interfaces("0.0.0.0", []), ["0.0.0.0"]);
    assertEquals(ipv4Interfaces("0.0.0.0"), ["0.0.0.0"], "the system may not be asked");
  },
});

Deno.test({
  name: "IPv6 groups are joined by the numbers of the interfaces, where there is IPv6 at all",
  permissions: "none",
  fn() {
    assertEquals(ipv6Interfaces("0.0.0.0", MACHINE), [2, 3]);
    assertEquals(ipv6Interfaces("::", MACHINE), [2, 3]);
    assertEquals(ipv6Interfaces("fe80::5", MACHINE), [3]);
    assertEquals(ipv6Interfaces("2001:db8::4", MACHINE), [0]);
    assertEquals(ipv6Interfaces("10.1.2.3", MACHINE), []);
    assertEquals(ipv6Interfaces("0.0.0.0", LOOPBACK), []);
    assertEquals(ipv6Interfaces("0.0.0.0", []), [0]);
  },
});

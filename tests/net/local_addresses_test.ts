import { assertEquals } from "@std/assert";
import { type LocalAddress, LocalAddresses } from "../../lib/net/mod.ts";

const MACHINE: readonly LocalAddress[] = [
  { address: "127.0.0.1", netmask: "255.0.0.0" },
  { address: "::1", netmask: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
  { address: "203.0.113.4", netmask: "255.255.255.0" },
  { address: "10.1.2.3", netmask: "255.255.0.0" },
  { address: "2001:db8:1::4", netmask: "ffff:ffff:ffff:ffff::" },
  { address: "2001:db8:2::4", netmask: "ffff:ffff:ffff:ffff::" },
];

Deno.test({
  name:
    "LocalAddresses gives the address in the network of the other, or else the first of his family",
  permissions: "none",
  fn() {
    const locals = new LocalAddresses(() => MACHINE);
    const cases = [
      ["10.1.200.9", "10.1.2.3"],
      ["203.0.113.77", "203.0.113.4"],
      ["10.2.0.1", "203.0.113.4"],
      ["2001:db8:2::99", "2001:db8:2::4"],
      ["2001:db8:3::1", "2001:db8:1::4"],
      ["::ffff:10.1.0.1", "10.1.2.3"],
    ] as const;
    for (const [other, own] of cases) assertEquals(locals.facing(other, 0), own, other);
    assertEquals(locals.facing("tracker.example", 0), undefined);
  },
});

Deno.test({
  name:
    "LocalAddresses tells nothing where there is nothing but loopback, and looks again after 10 s",
  permissions: "none",
  fn() {
    let machine = MACHINE.slice(0, 2);
    let looks = 0;
    const locals = new LocalAddresses(() => {
      looks++;
      return machine;
    });
    assertEquals(locals.facing("10.1.0.1", 0), undefined);
    machine = [...MACHINE];
    assertEquals(locals.facing("10.1.0.1", 9_999), undefined);
    assertEquals(locals.facing("10.1.0.1", 10_000), "10.1.2.3");
    assertEquals(looks, 2);
  },
});

Deno.test({
  name: "LocalAddresses knows nothing of a system that it may not ask",
  permissions: "none",
  fn() {
    assertEquals(new LocalAddresses().facing("192.0.2.7", 0), undefined);
  },
});

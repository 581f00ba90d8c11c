import { assert, assertEquals } from "@std/assert";
import { peerPriority } from "../../../lib/peer/policy/mod.ts";

function priority(ours: string, theirs: string): number {
  return peerPriority({ host: ours, port: 6881 }, { host: theirs, port: 51413 });
}

Deno.test({
  name: "peerPriority gives the values of BEP 40, in both directions",
  permissions: "none",
  fn() {
    const examples = [
      ["123.213.32.10", "98.76.54.32", 0xec2d7224],
      ["123.213.32.10", "123.213.32.234", 0x99568189],
    ] as const;
    for (const [one, other, expected] of examples) {
      assertEquals(priority(one, other), expected);
      assertEquals(priority(other, one), expected);
    }
  },
});

Deno.test({
  name: "peerPriority looks at half of the bits beyond the network that sets two peers apart",
  permissions: "none",
  fn() {
    // The bits of 0xaa are masked in the last two bytes of an address from elsewhere ...
    assertEquals(priority("10.0.0.0", "192.0.2.1"), priority("10.0.170.170", "192.0.2.1"));
    // ... but not where the two are in one network of 16 bits, or of 24.
    assert(priority("10.0.0.0", "10.0.2.1") !== priority("10.0.8.0", "10.0.2.1"));
    assertEquals(priority("10.0.0.0", "10.0.2.1"), priority("10.0.0.170", "10.0.2.1"));
    assert(priority("10.0.2.0", "10.0.2.1") !== priority("10.0.2.8", "10.0.2.1"));
    const far = "2001:db8:aaaa::1";
    assertEquals(priority("2001:db9::", far), priority("2001:db9:0:aa00::", far));
    const near = "2001:db8::1";
    assert(priority("2001:db8::", near) !== priority("2001:db8:0:800::", near));
    assertEquals(priority("2001:db8:0:100::", near), priority("2001:db8:0:1aa::", near));
  },
});

Deno.test({
  name: "peerPriority goes by the ports on one machine, and is 0 between two families",
  permissions: "none",
  fn() {
    const here = (port: number) => ({ host: "127.0.0.1", port });
    assertEquals(peerPriority(here(1), here(2)), peerPriority(here(2), here(1)));
    assert(peerPriority(here(1), here(2)) !== peerPriority(here(1), here(3)));
    assertEquals(priority("192.0.2.1", "2001:db8::1"), 0);
    assertEquals(priority("192.0.2.1", "tracker.example"), 0);
  },
});

import { assertEquals } from "@std/assert";
import { MAX_NEIGHBOURS, MAX_PER_NEIGHBOUR } from "../../../lib/peer/limits.ts";
import { Neighbours } from "../../../lib/peer/policy/mod.ts";

Deno.test({
  name: "Neighbours: one that announces itself again is known, with each of its ports",
  permissions: "none",
  fn() {
    const neighbours = new Neighbours();
    for (const port of [1, 2]) {
      const address = { host: "192.0.2.7", port };
      assertEquals(neighbours.hear(address, 0), "new");
      assertEquals(neighbours.hear(address, 300_000), "known");
    }
  },
});

Deno.test({
  name:
    "Neighbours: one machine has at most 8 ports, until those that were not heard are forgotten",
  permissions: "none",
  fn() {
    const neighbours = new Neighbours();
    const host = "192.0.2.7";
    for (let port = 1; port <= MAX_PER_NEIGHBOUR; port++) {
      assertEquals(neighbours.hear({ host, port }, 0), "new");
    }
    assertEquals(neighbours.hear({ host, port: 9 }, 1), "refused");
    assertEquals(neighbours.hear({ host: "192.0.2.8", port: 9 }, 1), "new");
    assertEquals(neighbours.hear({ host, port: 1 }, 300_000), "known");
    assertEquals(neighbours.hear({ host, port: 9 }, 700_000), "new");
  },
});

Deno.test({
  name: "Neighbours: at most 512 are remembered, those that were heard last",
  permissions: "none",
  fn() {
    const neighbours = new Neighbours();
    const addresses = Array.from(
      { length: MAX_NEIGHBOURS + 1 },
      (_, number) => ({ host: `10.0.${number >> 8}.${number & 255}`, port: 1 }),
    ).slice(1);
    for (const address of addresses) assertEquals(neighbours.hear(address, 0), "new");
    assertEquals(neighbours.hear(addresses[0]!, 1), "known");
    assertEquals(neighbours.hear({ host: "10.9.9.9", port: 1 }, 1), "new");
    assertEquals(neighbours.hear(addresses[0]!, 1), "known");
    assertEquals(neighbours.hear(addresses[1]!, 1), "new", "it was the oldest");
  },
});

Deno.test({
  name: "Neighbours: nobody is believed to be where nobody can be dialled",
  permissions: "none",
  fn() {
    const neighbours = new Neighbours();
    for (
      const host of ["0.0.0.0", "::", "224.0.0.251", "255.255.255.255", "ff15::1", "fe80::1", "x"]
    ) {
      assertEquals(neighbours.hear({ host, port: 6881 }, 0), "refused", host);
    }
    assertEquals(neighbours.hear({ host: "fd00::2", port: 6881 }, 0), "new");
  },
});

import { assertEquals } from "@std/assert";
import { infoHashFromHex } from "../../lib/bytes/mod.ts";
import { NeighbourTicket } from "../../lib/peer/neighbour_ticket.ts";
import { MAX_NEIGHBOURS } from "../../lib/peer/limits.ts";

Deno.test("However many neighbours are forged, the ticket keeps no more than it may, the latest ones", async () => {
  using ticket = new NeighbourTicket(infoHashFromHex("ab".repeat(20)), () => undefined);
  const hosts = Array.from({ length: 5_000 }, (_, at) => `10.0.${at >> 8}.${at & 255}`);
  for (const host of hosts) ticket.heard({ host, port: 6881 }, 0);
  const { value = [] } = await ticket.peers.getReader().read();
  assertEquals(value.map(({ host }) => host), hosts.slice(-MAX_NEIGHBOURS));
});

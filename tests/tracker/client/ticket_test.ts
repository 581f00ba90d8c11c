import { assertEquals } from "@std/assert";
import type { InfoHash } from "../../../lib/bytes/mod.ts";
import type { PeerAddress } from "../../../lib/net/mod.ts";
import { Ticket } from "../../../lib/tracker/client/ticket.ts";
import { SampleMember } from "../sample_member.ts";

async function ticketWith(left: InfoHash[]): Promise<Ticket> {
  const office = { pieceHeld() {}, leave: (infoHash: InfoHash) => void left.push(infoHash) };
  return new Ticket((await SampleMember.of("a", 8)).info.infoHash, office);
}

function peer(number: number): PeerAddress {
  return { host: "192.0.2.1", port: number };
}

Deno.test({
  name: "each peer is passed on once, in the order of its rank, together with those that wait",
  permissions: "none",
  async fn() {
    using ticket = await ticketWith([]);
    const reader = ticket.peers.getReader();
    ticket.found([peer(3), peer(1)]);
    ticket.found([peer(1), peer(2), peer(3)]);
    assertEquals((await reader.read()).value, [peer(3), peer(1), peer(2)]);
    const next = reader.read();
    ticket.found([peer(2)]);
    ticket.found([peer(4)]);
    assertEquals((await next).value, [peer(4)]);
  },
});

Deno.test({
  name: "a peer that was lost is news when it comes back",
  permissions: "none",
  async fn() {
    using ticket = await ticketWith([]);
    const reader = ticket.peers.getReader();
    ticket.found([peer(1), peer(2)]);
    await reader.read();
    ticket.lost([peer(1), peer(7)]);
    ticket.found([peer(2), peer(1)]);
    assertEquals((await reader.read()).value, [peer(1)]);
  },
});

Deno.test({
  name: "who leaves hears of nobody any more, and leaves once",
  permissions: "none",
  async fn() {
    const left: InfoHash[] = [];
    const ticket = await ticketWith(left);
    const reader = ticket.peers.getReader();
    const waiting = reader.read();
    ticket.leave();
    ticket.found([peer(1)]);
    assertEquals((await waiting).done, true);
    ticket.leave();
    ticket[Symbol.dispose]();
    assertEquals(left.length, 1);
  },
});

Deno.test({
  name: "who stops reading still is a member until it leaves",
  permissions: "none",
  async fn() {
    const left: InfoHash[] = [];
    const ticket = await ticketWith(left);
    await ticket.peers.cancel();
    ticket.found([peer(1)]);
    assertEquals(left, []);
    ticket.leave();
    assertEquals(left.length, 1);
  },
});

Deno.test({
  name: "a peer that is lost before anybody heard of it is not passed on",
  permissions: "none",
  async fn() {
    using ticket = await ticketWith([]);
    const reader = ticket.peers.getReader();
    ticket.found([peer(1), peer(2)]);
    ticket.lost([peer(1)]);
    assertEquals((await reader.read()).value, [peer(2)]);
  },
});

Deno.test({
  name: "what the tracker was asked for is passed on each time, and so is all by another tracker",
  permissions: "none",
  async fn() {
    using ticket = await ticketWith([]);
    const reader = ticket.peers.getReader();
    ticket.answered([peer(1), peer(2)]);
    await reader.read();
    ticket.found([peer(1), peer(3)]);
    assertEquals((await reader.read()).value, [peer(3)]);
    ticket.answered([peer(2), peer(1)]);
    assertEquals((await reader.read()).value, [peer(2), peer(1)]);
    ticket.restart();
    ticket.found([peer(1)]);
    assertEquals((await reader.read()).value, [peer(1)]);
  },
});

Deno.test({
  name: "however often peers come and go, no more addresses gather than may, the latest ones",
  permissions: "none",
  async fn() {
    using ticket = await ticketWith([]);
    const reader = ticket.peers.getReader();
    for (const count of [4_000, 4_001]) {
      const most = Array.from({ length: count }, (_, number) => peer(10_000 + number));
      ticket.restart();
      ticket.found(most);
      const { value = [] } = await reader.read();
      assertEquals([value.length, value.at(-1)], [4_000, most.at(-1)]);
      assertEquals(value[0], most[count - 4_000], "the latest ones");
    }
    const addresses = Array.from({ length: 5_000 }, (_, number) => peer(number));
    for (let round = 0; round < 3; round++) {
      ticket.found(addresses);
      ticket.lost(addresses.slice(0, 10));
    }
    const { value: gathered = [] } = await reader.read();
    assertEquals(gathered.length <= 4_000 && gathered.length >= 3_990, true);
    ticket.found([peer(7000)]);
    assertEquals((await reader.read()).value, [peer(7000)]);
  },
});

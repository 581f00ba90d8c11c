import { assert, assertEquals } from "@std/assert";
import { type PeerId, peerIdFromHex } from "../../../lib/bytes/mod.ts";
import { BAN_MS } from "../../../lib/peer/limits.ts";
import { BanList } from "../../../lib/peer/policy/mod.ts";

function idOf(number: number): PeerId {
  return peerIdFromHex(number.toString(16).padStart(40, "0"));
}

Deno.test({
  name: "BanList knows a peer by its address and its id together, not by one of them",
  permissions: "none",
  fn() {
    const bans = new BanList();
    assert(!bans.isBanned("liar", idOf(1), 0));
    bans.ban("liar", idOf(1), 0);
    assert(bans.isBanned("liar", idOf(1), 0));
    assert(!bans.isBanned("honest", idOf(1), 0), "the id may be borrowed");
    assert(!bans.isBanned("liar", idOf(2), 0), "the address may be that of many");
  },
});

Deno.test({
  name: "BanList forgets a peer an hour after it was last banned, and not before",
  permissions: "none",
  fn() {
    const bans = new BanList();
    bans.ban("liar", idOf(1), 5_000);
    assert(bans.isBanned("liar", idOf(1), 5_000 + BAN_MS - 1));
    assert(!bans.isBanned("liar", idOf(1), 5_000 + BAN_MS));
    assertEquals(BAN_MS, 60 * 60 * 1_000);
    bans.ban("liar", idOf(2), 0);
    bans.ban("liar", idOf(2), BAN_MS / 2);
    assert(bans.isBanned("liar", idOf(2), BAN_MS));
  },
});

Deno.test({
  name: "BanList tells whether a peer was not banned before, or not any more",
  permissions: "none",
  fn() {
    const bans = new BanList();
    const news = [0, 1, BAN_MS, BAN_MS + 1, 3 * BAN_MS].map((nowMs) =>
      bans.ban("liar", idOf(1), nowMs)
    );
    assertEquals(news, [true, false, false, false, true]);
    assert(bans.ban("other", idOf(1), 3 * BAN_MS));
  },
});

Deno.test({
  name: "BanList remembers a thousand peers, the latest ones",
  permissions: "none",
  fn() {
    const bans = new BanList();
    const banned = () =>
      Array.from({ length: 1_001 }, (_, number) => number)
        .filter((number) => bans.isBanned("liar", idOf(number), 1_500));
    for (let number = 0; number < 1_000; number++) bans.ban("liar", idOf(number), number);
    assertEquals([banned().length, banned()[0]], [1_000, 0]);
    bans.ban("liar", idOf(1_000), 1_000);
    assertEquals([banned().length, banned()[0], banned().at(-1)], [1_000, 1, 1_000]);
  },
});

Deno.test({
  name: "BanList does not forget a peer that was just banned again for one that was not",
  permissions: "none",
  fn() {
    const bans = new BanList();
    for (let number = 0; number < 1_000; number++) bans.ban("liar", idOf(number), 0);
    bans.ban("liar", idOf(0), 10);
    bans.ban("liar", idOf(1_000), 20);
    const banned = [0, 1, 2, 1_000].map((number) => bans.isBanned("liar", idOf(number), 20));
    assertEquals(banned, [true, false, true, true]);
  },
});

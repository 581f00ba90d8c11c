import { assert, assertEquals } from "@std/assert";
import type { PeerAddress } from "../../../lib/net/mod.ts";
import { MAX_KNOWN_ADDRESSES } from "../../../lib/peer/limits.ts";
import { AddressBook } from "../../../lib/peer/policy/mod.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";

function addressOf(port: number, host = "192.0.2.1"): PeerAddress {
  return { host, port };
}

/** The waits between failures of the one address of a book, to a tenth of a second. */
function waitsOf(company: "lonely" | "connected", failures: number): number[] {
  const book = new AddressBook();
  book.add(addressOf(1));
  let nowMs = 5_000;
  assert(book.take(nowMs, company) !== undefined);
  const waits: number[] = [];
  for (let failure = 0; failure < failures; failure++) {
    book.released(addressOf(1), nowMs);
    const sinceMs = nowMs;
    while (book.take(nowMs, company) === undefined) nowMs += 100;
    waits.push(nowMs - sinceMs);
  }
  return waits;
}

Deno.test({
  name: "AddressBook gives each address once, in the order of their coming, until it is released",
  permissions: "none",
  fn() {
    const book = new AddressBook();
    for (const port of [3, 1, 2, 1, 3]) book.add(addressOf(port));
    assertEquals(book.size, 3);
    assertEquals(book.take(0, "lonely"), addressOf(3));
    assertEquals(book.take(0, "lonely"), addressOf(1));
    assertEquals(book.take(0, "lonely"), addressOf(2));
    assertEquals(book.take(1e9, "lonely"), undefined);
    book.add(addressOf(1));
    assertEquals(book.take(1e9, "lonely"), undefined, "one that is busy is not given twice");
  },
});

Deno.test({
  name: "AddressBook doubles the wait with each failure, up to a minute, or 4 s when lonely",
  permissions: "none",
  fn() {
    assertEquals(waitsOf("connected", 8), [1, 2, 4, 8, 16, 32, 60, 60].map((s) => s * 1_000));
    assertEquals(waitsOf("lonely", 5), [1, 2, 4, 4, 4].map((s) => s * 1_000));
  },
});

Deno.test({
  name: "AddressBook forgets the failures of an address after a connection that lasted, not before",
  permissions: "none",
  fn() {
    const book = new AddressBook();
    book.add(addressOf(1));
    let nowMs = 7_000;
    assert(book.take(nowMs, "connected") !== undefined);
    const waitAfter = (lastedMs: number): number => {
      book.connected(addressOf(1), nowMs);
      nowMs += lastedMs;
      book.released(addressOf(1), nowMs);
      const sinceMs = nowMs;
      while (book.take(nowMs, "connected") === undefined) nowMs += 100;
      return nowMs - sinceMs;
    };
    assertEquals([10, 59_999, 0, 60_000, 0].map(waitAfter), [1_000, 2_000, 4_000, 1_000, 2_000]);
  },
});

Deno.test({
  name: "AddressBook lets one that is waiting be tried at once when somebody has seen it again",
  permissions: "none",
  fn() {
    const book = new AddressBook();
    book.add(addressOf(1));
    for (let failure = 0; failure < 5; failure++) {
      book.take(failure * 100_000, "connected");
      book.released(addressOf(1), failure * 100_000);
    }
    assertEquals(book.take(400_001, "connected"), undefined);
    book.add(addressOf(1));
    assertEquals(book.take(400_001, "connected"), addressOf(1));
  },
});

Deno.test({
  name: "AddressBook never gives out an address that was barred, known before or not",
  permissions: "none",
  fn() {
    const book = new AddressBook();
    book.add(addressOf(1));
    book.add(addressOf(2));
    book.take(0, "lonely");
    book.bar(addressOf(1));
    book.released(addressOf(1), 0);
    book.bar(addressOf(9));
    book.add(addressOf(9));
    book.add(addressOf(1));
    assertEquals(book.take(1e9, "lonely"), addressOf(2));
    assertEquals(book.take(1e9, "lonely"), undefined);
  },
});

Deno.test({
  name: "AddressBook takes no more addresses than its limit, and none of port 0",
  permissions: "none",
  fn() {
    const book = new AddressBook();
    book.add(addressOf(0));
    assertEquals(book.size, 0);
    for (let port = 1; port <= MAX_KNOWN_ADDRESSES; port++) {
      book.add(addressOf(port));
      assertEquals(book.size, port);
    }
    for (let more = 1; more <= 500; more++) {
      book.add(addressOf(MAX_KNOWN_ADDRESSES + more));
      assertEquals(book.size, MAX_KNOWN_ADDRESSES);
    }
  },
});

Deno.test({
  name: "AddressBook tells IPv6 hosts and ports apart",
  permissions: "none",
  fn() {
    const book = new AddressBook();
    const all = [addressOf(1, "::1"), addressOf(11, "::1"), addressOf(1, "::11"), addressOf(1)];
    for (const address of all) book.add(address);
    assertEquals(all.map(() => book.take(0, "lonely")), all);
  },
});

Deno.test({
  name: "AddressBook gives every address its turn, however many fail",
  permissions: "none",
  fn() {
    const random = seededRandom(9);
    const book = new AddressBook();
    for (let port = 1; port <= 50; port++) book.add(addressOf(port));
    const tried = new Uint32Array(51);
    const busy: PeerAddress[] = [];
    for (let nowMs = 0; nowMs < 600_000; nowMs += 1_000) {
      for (let free = 5 - busy.length; free > 0; free--) {
        const address = book.take(nowMs, "connected");
        if (address === undefined) break;
        busy.push(address);
        tried[address.port]!++;
      }
      const [released] = busy.splice(randomBelow(random, busy.length), 1);
      if (released !== undefined) book.released(released, nowMs);
    }
    const counts = [...tried.subarray(1)];
    assert(Math.min(...counts) >= 6, `${counts}`);
    assert(Math.max(...counts) <= 2 * Math.min(...counts), `${counts}`);
  },
});

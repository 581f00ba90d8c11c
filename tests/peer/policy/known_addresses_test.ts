import { assert, assertEquals } from "@std/assert";
import type { PeerAddress } from "../../../lib/net/mod.ts";
import { MAX_KNOWN_ADDRESSES } from "../../../lib/peer/limits.ts";
import { AddressBook } from "../../../lib/peer/policy/mod.ts";

function addressOf(port: number): PeerAddress {
  return { host: "192.0.2.1", port };
}

/** A book that knows the ports from 1 to `count`. */
function bookOf(count: number): AddressBook {
  const book = new AddressBook();
  for (let port = 1; port <= count; port++) book.add(addressOf(port));
  return book;
}

/** Lets addresses fail, each so often as is said; gives the time after that. */
function fail(book: AddressBook, times: number, count: number): number {
  let nowMs = 0;
  for (let failure = 0; failure < times; failure++) {
    for (let at = 0; at < count; at++) {
      const address = book.take(nowMs, "connected");
      assert(address !== undefined, `failure ${failure} of the ${at}th`);
      book.released(address, nowMs);
    }
    nowMs += 100_000;
  }
  return nowMs;
}

/** The ports that can be taken now. */
function portsOf(book: AddressBook, nowMs: number): number[] {
  const ports: number[] = [];
  for (let taken = book.take(nowMs, "connected"); taken; taken = book.take(nowMs, "connected")) {
    ports.push(taken.port);
  }
  return ports;
}

Deno.test({
  name: "AddressBook that is full forgets one that failed for a new one",
  permissions: "none",
  fn() {
    const book = bookOf(MAX_KNOWN_ADDRESSES);
    for (let port = 1; port <= 3; port++) assertEquals(book.take(0, "connected"), addressOf(port));
    book.released(addressOf(2), 0);
    book.add(addressOf(9_001));
    book.add(addressOf(9_002));
    assertEquals(book.size, MAX_KNOWN_ADDRESSES);
    const ports = portsOf(book, 1e9);
    assert(ports.includes(9_001) && !ports.includes(2) && !ports.includes(9_002));
    assert(ports.includes(4), "one that was not tried yet is kept");
  },
});

Deno.test({
  name: "AddressBook that is full forgets one that failed before one that is barred",
  permissions: "none",
  fn() {
    const book = bookOf(MAX_KNOWN_ADDRESSES);
    book.bar(addressOf(1));
    assertEquals(book.take(0, "connected"), addressOf(2));
    book.released(addressOf(2), 0);
    book.add(addressOf(9_001));
    const ports = portsOf(book, 1e9);
    assert(ports.includes(9_001) && !ports.includes(1) && !ports.includes(2));
    for (const port of [9_002, 9_003]) book.add(addressOf(port));
    assertEquals(portsOf(book, 1e9), [9_002], "one that is barred gives way, nobody else does");
    assertEquals(book.size, MAX_KNOWN_ADDRESSES);
  },
});

Deno.test({
  name: "AddressBook that bars one it knows forgets no other for it",
  permissions: "none",
  fn() {
    const book = bookOf(MAX_KNOWN_ADDRESSES);
    assertEquals(book.take(0, "connected"), addressOf(1));
    book.released(addressOf(1), 0);
    book.bar(addressOf(5));
    assertEquals(book.size, MAX_KNOWN_ADDRESSES);
    assert(portsOf(book, 1e9).includes(1));
  },
});

Deno.test({
  name: "AddressBook forgets an address after 8 failures, but for the last 32",
  permissions: "none",
  fn() {
    const book = bookOf(40);
    const nowMs = fail(book, 7, 40);
    assertEquals(book.size, 40);
    for (let at = 0; at < 40; at++) {
      const address = book.take(nowMs, "connected");
      assert(address !== undefined);
      book.released(address, nowMs);
    }
    assertEquals(book.size, 32);
    fail(bookOf(32), 20, 32);
  },
});

Deno.test({
  name: "AddressBook counts failures anew after a connection that lasted, or when it is seen again",
  permissions: "none",
  fn() {
    const book = bookOf(33);
    const nowMs = fail(book, 7, 33);
    const taken = book.take(nowMs, "connected");
    assert(taken !== undefined);
    book.connected(taken, nowMs);
    book.released(taken, nowMs + 60_000);
    const seen = book.take(nowMs, "connected");
    assert(seen !== undefined);
    book.released(addressOf(33), nowMs);
    assertEquals(book.size, 33);
    book.add(addressOf(33));
    assertEquals(book.take(nowMs, "content"), addressOf(33));
    book.released(addressOf(33), nowMs);
    assertEquals(book.size, 33);
    book.released(seen, nowMs);
    assertEquals(book.size, 32);
  },
});

Deno.test({
  name: "AddressBook of one that is content gives new addresses alone, and those seen again",
  permissions: "none",
  fn() {
    const book = bookOf(2);
    assertEquals(book.take(0, "content"), addressOf(1));
    assertEquals(book.take(0, "content"), addressOf(2));
    book.connected(addressOf(1), 0);
    book.released(addressOf(1), 100_000);
    book.released(addressOf(2), 100_000);
    assertEquals(book.take(1e9, "content"), undefined);
    book.add(addressOf(3));
    assertEquals(book.take(1e9, "content"), addressOf(3));
    book.add(addressOf(2));
    assertEquals(book.take(1e9, "content"), addressOf(2));
    assertEquals(book.take(1e9, "content"), undefined);
    assertEquals(book.take(1e9, "connected"), addressOf(1));
  },
});

Deno.test({
  name:
    "AddressBook takes a peer's word only for what is new, and fills at most half with it (BEP 11)",
  permissions: "none",
  fn() {
    const book = bookOf(1);
    const nowMs = fail(book, 3, 1);
    book.add(addressOf(1), "hearsay");
    // Three failures: it waits four seconds from the last one on, whoever speaks of it.
    assertEquals(portsOf(book, nowMs - 100_000 + 3_999), []);
    book.add(addressOf(1));
    assertEquals(portsOf(book, nowMs - 100_000 + 3_999), [1]);
    for (let port = 2; port <= MAX_KNOWN_ADDRESSES; port++) book.add(addressOf(port), "hearsay");
    assertEquals(book.size, MAX_KNOWN_ADDRESSES / 2);
    book.add(addressOf(65_000));
    assertEquals(book.size, MAX_KNOWN_ADDRESSES / 2 + 1);
  },
});

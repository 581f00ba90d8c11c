import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ConnectionIds, type KeyedHash } from "../../../lib/tracker/swarm/connection_ids.ts";

/** A stand-in for a keyed hash: it depends on the key and on every character. */
function hashWith(key: number): KeyedHash {
  return (message) => {
    let state = key | 0;
    for (const character of message) {
      state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x5bd1e995);
      state ^= state >>> 13;
    }
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setInt32(0, state);
    return bytes;
  };
}

Deno.test({
  name: "ConnectionIds takes an id for two minutes, and not a second longer (BEP 15)",
  permissions: "none",
  fn() {
    const ids = new ConnectionIds(hashWith(1));
    for (const issuedMs of [0, 999, 1_000, 86_400_000 * 400]) {
      const id = ids.issue("192.0.2.7", issuedMs);
      const second = Math.floor(issuedMs / 1_000) * 1_000;
      for (const laterMs of [0, 1, 60_000, 120_999]) {
        assert(ids.isValid(id, "192.0.2.7", second + laterMs), `${issuedMs} + ${laterMs}`);
      }
      for (const laterMs of [121_000, 121_001, 3_600_000]) {
        assert(!ids.isValid(id, "192.0.2.7", second + laterMs), `${issuedMs} + ${laterMs}`);
      }
      assert(!ids.isValid(id, "192.0.2.7", second - 1), "it is not from the future");
    }
  },
});

Deno.test({
  name:
    "ConnectionIds takes an id only from the address that it was given to, and no guess (BEP 15)",
  permissions: "none",
  fn() {
    const ids = new ConnectionIds(hashWith(1));
    const id = ids.issue("192.0.2.7", 5_000);
    for (const host of ["192.0.2.8", "2001:db8::7", "92.0.2.7", ""]) {
      assert(!ids.isValid(id, host, 5_000), host);
    }
    assert(!new ConnectionIds(hashWith(2)).isValid(id, "192.0.2.7", 5_000), "another key");
    for (let bit = 0n; bit < 64n; bit++) {
      assert(!ids.isValid(id ^ (1n << bit), "192.0.2.7", 5_000), `bit ${bit} is another`);
    }
    assert(
      !ids.isValid(0x41727101980n, "192.0.2.7", 5_000),
      "the number that asks for one is none",
    );
  },
});

Deno.test({
  name: "ConnectionIds gives another id to each address, and each second",
  permissions: "none",
  fn() {
    const ids = new ConnectionIds(hashWith(1));
    const id = ids.issue("192.0.2.7", 5_000);
    assertEquals(ids.issue("192.0.2.7", 5_999), id);
    assertNotEquals(ids.issue("192.0.2.7", 6_000), id);
    assertNotEquals(ids.issue("192.0.2.8", 5_000), id);
    assert(id >= 0n && id < 2n ** 64n);
  },
});

import { assertEquals, assertThrows } from "@std/assert";
import { encodeHex } from "../../../lib/bytes/mod.ts";
import {
  decodeFetchedFrom,
  encodeFetchedFrom,
} from "../../../lib/tracker/protocol/fetched_from.ts";
import { MAX_FETCHED_FROM } from "../../../lib/tracker/mod.ts";
import { samplePeerId } from "../sample_torrents.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

function some(count: number) {
  return Array.from(
    { length: count },
    (_, at) => ({ peerId: samplePeerId(at), bytes: at * 2 ** 40 }),
  );
}

pure("a peer from whom is fetched takes its id and eight bytes, big-endian", () => {
  const bytes = encodeFetchedFrom([{ peerId: samplePeerId(0x1234), bytes: 2 ** 40 + 5 }]);
  assertEquals(encodeHex(bytes), `${samplePeerId(0x1234)}0000010000000005`);
});

pure("a report names 32 peers from whom it fetches at most, and is refused with more", () => {
  for (const count of [0, 1, MAX_FETCHED_FROM]) {
    assertEquals(decodeFetchedFrom(encodeFetchedFrom(some(count))), some(count));
  }
  const more = encodeFetchedFrom(some(MAX_FETCHED_FROM + 1));
  assertThrows(() => decodeFetchedFrom(more), TypeError, "28 for each of at most 32 peers");
});

pure("from whom is fetched has whole records, and numbers no larger than are exact", () => {
  for (const length of [1, 27, 29, 55]) {
    assertThrows(() => decodeFetchedFrom(new Uint8Array(length)), TypeError, `has ${length} bytes`);
  }
  const [huge] = decodeFetchedFrom(new Uint8Array(28).fill(0xff));
  assertEquals(huge?.bytes, Number.MAX_SAFE_INTEGER);
});

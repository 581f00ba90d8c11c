import { assertEquals, assertThrows } from "@std/assert";
import { type PeerId, peerIdFromBytes } from "../../../lib/bytes/mod.ts";
import {
  type Conduct,
  decodeConduct,
  encodeConduct,
  PeerProtocolError,
} from "../../../lib/peer/wire/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { bytesOfHex, writeMessages } from "./wire_bytes.ts";

const HEX = "2d534c30313030 00 0102030405 ff 060708090a0b";
const PEER_ID = peerIdFromBytes(bytesOfHex(HEX));
const KINDS = 3;
const ID_END = 21;

/** Conducts, and their bytes as they must stand on the wire. */
const SAMPLES: readonly [Conduct, string][] = [
  [{ type: "free" }, "00"],
  [{ type: "fetch", peerId: PEER_ID, pieces: [] }, `01 ${HEX}`],
  [{ type: "fetch", peerId: PEER_ID, pieces: [0] }, `01 ${HEX} 00000000`],
  [
    { type: "fetch", peerId: PEER_ID, pieces: [0x01020304, 0xffffffff, 5] },
    `01 ${HEX} 01020304 ffffffff 00000005`,
  ],
  [{ type: "apart", peerId: PEER_ID }, `02 ${HEX}`],
];

function randomConduct(random: () => number): Conduct {
  const peerId: PeerId = peerIdFromBytes(randomBytes(random, 20));
  const length = randomBelow(random, 20);
  const pieces = Array.from({ length }, () => randomBelow(random, 2 ** 32));
  const all: Conduct[] = [
    { type: "free" },
    { type: "fetch", peerId, pieces },
    { type: "apart", peerId },
  ];
  return all[randomBelow(random, all.length)]!;
}

/** A fetch of so many pieces. */
function fetchOf(pieceCount: number): Conduct {
  const pieces = Array.from({ length: pieceCount }, (_, index) => 3 * index);
  return { type: "fetch", peerId: PEER_ID, pieces };
}

function assertRefused(payload: Uint8Array): void {
  const message = `Cannot read sl_conduct: ${payload.length} bytes are none`;
  assertThrows(() => decodeConduct(payload), PeerProtocolError, message);
}

Deno.test({
  name: "A conduct is its kind, a peer id and four bytes a piece, highest first, both ways",
  permissions: "none",
  fn() {
    for (const [conduct, hex] of SAMPLES) {
      assertEquals(encodeConduct(conduct), bytesOfHex(hex));
      assertEquals(decodeConduct(bytesOfHex(hex)), conduct);
    }
  },
});

Deno.test({
  name: "A conduct is sent as an extended message under the id of the receiver",
  permissions: "none",
  fn() {
    const payload = encodeConduct({ type: "fetch", peerId: PEER_ID, pieces: [0x0a0b0c0d] });
    const frame = writeMessages([{ type: "extended", id: 9, payload }]);
    assertEquals(frame, bytesOfHex(`0000001b 14 09 01 ${HEX} 0a0b0c0d`));
  },
});

Deno.test({
  name: "decodeConduct keeps the order of the pieces, and those that are named twice",
  permissions: "none",
  fn() {
    const conduct = decodeConduct(bytesOfHex(`01 ${HEX} 00000009 00000002 00000009`));
    assertEquals(conduct, { type: "fetch", peerId: PEER_ID, pieces: [9, 2, 9] });
  },
});

Deno.test({
  name: "decodeConduct reads from amid other bytes, and what it gives does not change with them",
  permissions: "none",
  fn() {
    const bytes = bytesOfHex(`ff ff ff 01 ${HEX} 00000003 ff ff`);
    const conduct = decodeConduct(bytes.subarray(3, bytes.length - 2));
    bytes.fill(0x77);
    assertEquals(conduct, { type: "fetch", peerId: PEER_ID, pieces: [3] });
  },
});

Deno.test({
  name: "decodeConduct refuses every kind that there is not, whatever follows",
  permissions: "none",
  fn() {
    for (let kind = KINDS; kind < 256; kind++) {
      for (const length of [1, ID_END, ID_END + 4, ID_END + 8]) {
        const payload = new Uint8Array(length);
        payload[0] = kind;
        assertRefused(payload);
      }
    }
  },
});

Deno.test({
  name: "decodeConduct refuses every payload that is cut short, and one of no bytes",
  permissions: "none",
  fn() {
    const fetch = encodeConduct(fetchOf(3));
    for (let length = 0; length < fetch.length; length++) {
      const payload = fetch.subarray(0, length);
      const rest = length - ID_END;
      if (rest < 0 || rest % 4 !== 0) assertRefused(payload);
      else assertEquals(decodeConduct(payload), fetchOf(rest / 4));
    }
    const apart = encodeConduct({ type: "apart", peerId: PEER_ID });
    for (let length = 0; length < apart.length; length++) assertRefused(apart.subarray(0, length));
  },
});

Deno.test({
  name: "decodeConduct refuses whatever follows a conduct that names no pieces",
  permissions: "none",
  fn() {
    for (let more = 1; more <= 40; more++) {
      assertRefused(new Uint8Array(1 + more));
      const apart = new Uint8Array(ID_END + more);
      apart.set(encodeConduct({ type: "apart", peerId: PEER_ID }));
      assertRefused(apart);
    }
  },
});

Deno.test({
  name: "decodeConduct takes a thousand pieces, and refuses one more",
  permissions: "none",
  fn() {
    assertEquals(decodeConduct(encodeConduct(fetchOf(1_000))), fetchOf(1_000));
    const message = "Cannot read sl_conduct: it names more than 1000 pieces";
    for (const pieceCount of [1_001, 1_002, 4_000]) {
      const payload = encodeConduct(fetchOf(pieceCount));
      assertThrows(() => decodeConduct(payload), PeerProtocolError, message);
    }
  },
});

Deno.test({
  name: "What encodeConduct writes decodeConduct reads, whatever the conduct",
  permissions: "none",
  fn() {
    const random = seededRandom(5);
    const counts = { free: 0, fetch: 0, apart: 0 };
    for (let round = 0; round < 1_000; round++) {
      const conduct = randomConduct(random);
      counts[conduct.type]++;
      assertEquals(decodeConduct(encodeConduct(conduct)), conduct);
    }
    assertEquals(Object.values(counts).every((count) => count > 250), true);
  },
});

Deno.test({
  name:
    "decodeConduct reads random bytes as what encodes to the same, or refuses them as malformed",
  permissions: "none",
  fn() {
    const random = seededRandom(55);
    const counts = { free: 0, fetch: 0, apart: 0, refused: 0 };
    for (let round = 0; round < 4_000; round++) {
      const payload = randomBytes(random, round % 4 === 0 ? ID_END : randomBelow(random, 40));
      if (payload.length > 0 && round % 3 !== 0) payload[0] = randomBelow(random, KINDS);
      let conduct: Conduct;
      try {
        conduct = decodeConduct(payload);
      } catch (error) {
        assertEquals(error instanceof PeerProtocolError, true, String(error));
        counts.refused++;
        continue;
      }
      counts[conduct.type]++;
      assertEquals(encodeConduct(conduct), payload);
    }
    const { free, fetch, apart, refused } = counts;
    assertEquals([free > 0, fetch > 200, apart > 100, refused > 1_000], [true, true, true, true]);
  },
});

import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeGuide,
  encodeGuide,
  type Guide,
  PeerProtocolError,
} from "../../../lib/peer/wire/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { bytesOfHex, writeMessages } from "./wire_bytes.ts";

const CHOICES = ["free", "guided", "declined"] as const;

/** A guide by its choice and its pieces, and its bytes as they must stand on the wire. */
const SAMPLES: readonly [Guide, string][] = [
  [{ choice: "free", pieces: [] }, "00"],
  [{ choice: "guided", pieces: [] }, "01"],
  [{ choice: "guided", pieces: [0] }, "01 00000000"],
  [{ choice: "guided", pieces: [0x01020304, 5] }, "01 01020304 00000005"],
  [{ choice: "declined", pieces: [0xffffffff, 0, 7] }, "02 ffffffff 00000000 00000007"],
];

Deno.test({
  name: "A guide is the number of its choice and four bytes a piece, highest first, both ways",
  permissions: "none",
  fn() {
    for (const [guide, hex] of SAMPLES) {
      assertEquals(encodeGuide(guide), bytesOfHex(hex));
      assertEquals(decodeGuide(bytesOfHex(hex)), guide);
    }
  },
});

Deno.test({
  name: "A guide is sent as an extended message under the id of the receiver",
  permissions: "none",
  fn() {
    const payload = encodeGuide({ choice: "guided", pieces: [0x0a0b0c0d] });
    const frame = writeMessages([{ type: "extended", id: 9, payload }]);
    assertEquals(frame, bytesOfHex("00000007 14 09 01 0a0b0c0d"));
  },
});

Deno.test({
  name: "decodeGuide keeps the order of the pieces, and those that are named twice",
  permissions: "none",
  fn() {
    const { pieces } = decodeGuide(bytesOfHex("01 00000009 00000002 00000009"));
    assertEquals(pieces, [9, 2, 9]);
  },
});

Deno.test({
  name: "decodeGuide reads from amid other bytes, and what it gives does not change with them",
  permissions: "none",
  fn() {
    const bytes = bytesOfHex("ff ff ff 01 00000003 ff ff");
    const guide = decodeGuide(bytes.subarray(3, 8));
    bytes.fill(0x77);
    assertEquals(guide, { choice: "guided", pieces: [3] });
  },
});

Deno.test({
  name: "decodeGuide refuses every choice that there is not, whatever follows",
  permissions: "none",
  fn() {
    for (let choice = CHOICES.length; choice < 256; choice++) {
      for (const length of [1, 5, 9]) {
        const payload = new Uint8Array(length);
        payload[0] = choice;
        assertThrows(() => decodeGuide(payload), PeerProtocolError, "Cannot read sl_guide");
      }
    }
  },
});

Deno.test({
  name: "decodeGuide refuses every payload whose last piece is cut short, and one of no bytes",
  permissions: "none",
  fn() {
    for (const choice of CHOICES) {
      const whole = encodeGuide({ choice, pieces: [1, 2, 3] });
      for (let length = 0; length < whole.length; length++) {
        const payload = whole.subarray(0, length);
        if (length % 4 === 1) {
          assertEquals(decodeGuide(payload).pieces.length, (length - 1) / 4);
        } else {
          const message = `Cannot read sl_guide: ${length} bytes`;
          assertThrows(() => decodeGuide(payload), PeerProtocolError, message);
        }
      }
    }
  },
});

Deno.test({
  name: "What encodeGuide writes decodeGuide reads, whatever the guide",
  permissions: "none",
  fn() {
    const random = seededRandom(4);
    for (let round = 0; round < 1_000; round++) {
      const guide: Guide = {
        choice: CHOICES[randomBelow(random, 3)]!,
        pieces: Array.from(
          { length: randomBelow(random, 20) },
          () => randomBelow(random, 2 ** 32),
        ),
      };
      assertEquals(decodeGuide(encodeGuide(guide)), guide);
    }
  },
});

Deno.test({
  name: "decodeGuide reads random bytes as what encodes to the same, or refuses them as malformed",
  permissions: "none",
  fn() {
    const random = seededRandom(44);
    const counts = { read: 0, refused: 0 };
    for (let round = 0; round < 2_000; round++) {
      const payload = randomBytes(random, randomBelow(random, 30));
      if (payload.length > 0 && round % 2 === 0) payload[0] = round % 3;
      let guide: Guide;
      try {
        guide = decodeGuide(payload);
      } catch (error) {
        assertEquals(error instanceof PeerProtocolError, true, String(error));
        counts.refused++;
        continue;
      }
      counts.read++;
      assertEquals(encodeGuide(guide), payload);
    }
    assertEquals([counts.read > 200, counts.refused > 1_000], [true, true]);
  },
});

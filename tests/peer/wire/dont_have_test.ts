import { assertEquals, assertThrows } from "@std/assert";
import { decodeDontHave, encodeDontHave, PeerProtocolError } from "../../../lib/peer/wire/mod.ts";
import { randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { bytesOfHex, writeMessages } from "./wire_bytes.ts";

Deno.test({
  name: "encodeDontHave writes the four bytes of an index, highest first (BEP 54)",
  permissions: "none",
  fn() {
    assertEquals(encodeDontHave(0), bytesOfHex("00000000"));
    assertEquals(encodeDontHave(0x01020304), bytesOfHex("01020304"));
    assertEquals(encodeDontHave(0xffffffff), bytesOfHex("ffffffff"));
  },
});

Deno.test({
  name: "DontHave is a message of six bytes: 20, the id of the receiver, the index (BEP 54)",
  permissions: "none",
  fn() {
    const payload = encodeDontHave(0x0a0b0c0d);
    const frame = writeMessages([{ type: "extended", id: 9, payload }]);
    assertEquals(frame, bytesOfHex("00000006 14 09 0a0b0c0d"));
  },
});

Deno.test({
  name: "decodeDontHave reads every index that four bytes can be, also from amid other bytes",
  permissions: "none",
  fn() {
    const random = seededRandom(54);
    for (let round = 0; round < 1_000; round++) {
      const bytes = randomBytes(random, 12);
      const payload = bytes.subarray(3, 7);
      const index = decodeDontHave(payload);
      assertEquals(index, payload.reduce((number, byte) => number * 256 + byte, 0));
      assertEquals(encodeDontHave(index), payload);
    }
  },
});

Deno.test({
  name: "decodeDontHave refuses every other number of bytes, and says which it must be",
  permissions: "none",
  fn() {
    for (let length = 0; length <= 64; length++) {
      if (length === 4) continue;
      assertThrows(
        () => decodeDontHave(new Uint8Array(length)),
        PeerProtocolError,
        `Cannot read lt_donthave: it has ${length} bytes, must have 4`,
      );
    }
  },
});

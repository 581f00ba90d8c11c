import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import {
  createPeerId,
  idBytes,
  infoHashFromBytes,
  infoHashFromHex,
  peerIdFromBytes,
  peerIdFromHex,
} from "../../lib/bytes/mod.ts";

const BYTES = Uint8Array.from({ length: 20 }, (_, at) => at * 13);
const HEX = "000d1a2734414e5b6875828f9ca9b6c3d0ddeaf7";

Deno.test({
  name: "ids are the same from bytes and from hexadecimal digits of either case",
  permissions: "none",
  fn() {
    assertEquals<string>(infoHashFromBytes(BYTES), HEX);
    assertEquals<string>(infoHashFromHex(HEX), HEX);
    assertEquals<string>(infoHashFromHex(HEX.toUpperCase()), HEX);
    assertEquals<string>(peerIdFromBytes(BYTES), HEX);
    assertEquals<string>(peerIdFromHex(HEX), HEX);
    assertEquals<string>(peerIdFromHex(HEX.toUpperCase()), HEX);
  },
});

Deno.test({
  name: "idBytes() gives back the 20 bytes, each time a copy",
  permissions: "none",
  fn() {
    const id = infoHashFromBytes(BYTES);
    idBytes(id).fill(0);
    assertEquals(idBytes(id), BYTES);
    assertEquals(idBytes(peerIdFromHex(HEX)), BYTES);
  },
});

Deno.test({
  name: "ids of the wrong number of bytes are refused",
  permissions: "none",
  fn() {
    for (const length of [0, 1, 19, 21, 32, 40]) {
      const bytes = new Uint8Array(length);
      assertThrows(() => infoHashFromBytes(bytes), RangeError, `info-hash: it has ${length} bytes`);
      assertThrows(() => peerIdFromBytes(bytes), RangeError, `peer id: it has ${length} bytes`);
    }
  },
});

Deno.test({
  name: "ids of anything but 40 hexadecimal digits are refused",
  permissions: "none",
  fn() {
    const bad = ["", HEX.slice(1), `${HEX}0`, ` ${HEX}`, `${HEX}\n`, `0x${HEX.slice(2)}`];
    for (const text of [...bad, `g${HEX.slice(1)}`, HEX.replace("0", "\u0660"), "\0".repeat(40)]) {
      assertThrows(() => infoHashFromHex(text), SyntaxError, "Cannot read info-hash");
      assertThrows(() => peerIdFromHex(text), SyntaxError, "Cannot read peer id");
    }
  },
});

Deno.test({
  name: "createPeerId() gives 20 bytes, the client's prefix before the random ones (BEP 3, BEP 20)",
  permissions: "none",
  fn() {
    const random = Uint8Array.from({ length: 12 }, (_, at) => 255 - at);
    const id = idBytes(createPeerId(random));
    assertEquals(new TextDecoder().decode(id.subarray(0, 8)), "-SL0100-");
    assertEquals(id.subarray(8), random);
    assertEquals(id.length, 20);
    assertNotEquals(createPeerId(random), createPeerId(new Uint8Array(12)));
    for (const length of [0, 11, 13, 20]) {
      assertThrows(() => createPeerId(new Uint8Array(length)), RangeError, "random bytes");
    }
  },
});

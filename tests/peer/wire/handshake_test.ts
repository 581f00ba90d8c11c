import { assertEquals, assertThrows } from "@std/assert";
import { concatBytes, encodeHex, infoHashFromHex, peerIdFromHex } from "../../../lib/bytes/mod.ts";
import {
  decodeHandshake,
  encodeHandshake,
  type Extension,
  HANDSHAKE_LENGTH,
  PeerProtocolError,
} from "../../../lib/peer/wire/mod.ts";
import { bytesOfHex } from "./wire_bytes.ts";

const INFO_HASH = infoHashFromHex("000102030405060708090a0b0c0d0e0f10111213");
const PEER_ID = peerIdFromHex("2d534c303130302d6162636465666768696a6b6c");
const PROTOCOL = "13 426974546f7272656e742070726f746f636f6c";

/** The extensions by the places of their bits, counted from the first byte's highest one. */
const SPOKEN: Record<number, readonly Extension[]> = {
  [5 * 8 + 3]: ["extension-protocol"],
  [7 * 8 + 5]: ["fast"],
};

function handshakeWith(reserved: string): Uint8Array<ArrayBuffer> {
  return bytesOfHex(`${PROTOCOL} ${reserved} ${INFO_HASH} ${PEER_ID}`);
}

Deno.test({
  name: "encodeHandshake writes the 68 bytes of BEP 3, with the bits of BEP 6 and BEP 10 if spoken",
  permissions: "none",
  fn() {
    const plain = { infoHash: INFO_HASH, peerId: PEER_ID, extensions: new Set<never>() };
    assertEquals(encodeHandshake(plain), handshakeWith("0000000000000000"));
    const extended = { ...plain, extensions: new Set(["extension-protocol"] as const) };
    assertEquals(encodeHandshake(extended), handshakeWith("0000000000100000"));
    assertEquals(encodeHandshake(extended).length, HANDSHAKE_LENGTH);
    const both = { ...plain, extensions: new Set(["extension-protocol", "fast"] as const) };
    assertEquals(encodeHandshake(both), handshakeWith("0000000000100004"));
  },
});

Deno.test({
  name: "decodeHandshake finds the bits of BEP 6 and BEP 10 and passes over all others",
  permissions: "none",
  fn() {
    for (let bit = 0; bit < 64; bit++) {
      const reserved = new Uint8Array(8);
      reserved[bit >> 3] = 0x80 >> (bit & 7);
      const bytes = handshakeWith(encodeHex(reserved));
      assertEquals(decodeHandshake(bytes), {
        infoHash: INFO_HASH,
        peerId: PEER_ID,
        extensions: new Set(SPOKEN[bit] ?? []),
      }, `bit ${bit}`);
    }
    assertEquals(decodeHandshake(handshakeWith("ffffffffffffffff")).extensions.size, 2);
  },
});

Deno.test({
  name: "decodeHandshake refuses a protocol name that differs in any byte (BEP 3)",
  permissions: "none",
  fn() {
    for (let at = 0; at < 20; at++) {
      const bytes = handshakeWith("0000000000000000");
      bytes[at]! ^= 1;
      assertThrows(() => decodeHandshake(bytes), PeerProtocolError, "BitTorrent protocol");
    }
  },
});

Deno.test({
  name: "decodeHandshake refuses all lengths but 68",
  permissions: "none",
  fn() {
    const bytes = concatBytes([handshakeWith("0000000000000000"), new Uint8Array(2)]);
    for (let length = 0; length <= bytes.length; length++) {
      if (length === HANDSHAKE_LENGTH) continue;
      assertThrows(() => decodeHandshake(bytes.subarray(0, length)), PeerProtocolError);
    }
  },
});

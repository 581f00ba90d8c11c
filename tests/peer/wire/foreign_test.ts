import { assert, assertEquals, assertThrows } from "@std/assert";
import { concatBytes, encodeHex } from "../../../lib/bytes/mod.ts";
import {
  decodeExtendedHandshake,
  decodeHandshake,
  type Message,
  PeerProtocolError,
} from "../../../lib/peer/wire/mod.ts";
import { ARIA2_ENCRYPTED_START, ARIA2_VECTORS } from "../../vectors/wire_aria2.ts";
import { LIBTORRENT_VECTORS } from "../../vectors/wire_libtorrent.ts";
import { TRANSMISSION_VECTORS } from "../../vectors/wire_transmission.ts";
import type { WireVector } from "../../vectors/wire_vector.ts";
import { bytesOfFrame, bytesOfHex, chunksOf, readMessages, writeMessages } from "./wire_bytes.ts";

const VECTORS: readonly WireVector[] = [
  ...ARIA2_VECTORS,
  ...LIBTORRENT_VECTORS,
  ...TRANSMISSION_VECTORS,
];

function meaningOf(message: Message): (string | number)[] {
  switch (message.type) {
    case "have":
      return [message.type, message.index];
    case "bitfield":
      return [message.type, encodeHex(message.bits)];
    case "request":
    case "cancel":
      return [message.type, message.index, message.begin, message.length];
    case "piece":
      assert(message.block.every((byte) => byte === 0x41));
      return [message.type, message.index, message.begin, message.block.length];
    case "extended":
    case "unknown":
      return [message.type, message.id];
    default:
      return [message.type];
  }
}

for (const vector of VECTORS) {
  const bytes = concatBytes(vector.frames.map(bytesOfFrame));
  const meanings = vector.frames.map(({ means }) => means);

  Deno.test({
    name: `decodeHandshake reads what ${vector.sender} sends`,
    permissions: "none",
    fn() {
      const handshake = decodeHandshake(bytesOfHex(vector.handshake));
      assertEquals<string>(handshake.infoHash, vector.infoHash);
      assertEquals<string>(handshake.peerId, vector.peerId);
      assert(handshake.extensions.has("extension-protocol"));
    },
  });

  Deno.test({
    name: `decodeMessage reads what ${vector.sender} sends, and encodeMessage writes the same`,
    permissions: "none",
    fn() {
      const messages = readMessages([bytes]);
      assertEquals(messages.map(meaningOf), meanings);
      assertEquals(writeMessages(messages), bytes);
    },
  });

  Deno.test({
    name: `decodeMessage reads what ${vector.sender} sends byte by byte and in odd chunks`,
    permissions: "none",
    fn() {
      for (const size of [1, 2, 3, 5, 7, 13, 17, 64, 1021, 16_384, 16_397]) {
        const messages = readMessages(chunksOf(bytes, size));
        assertEquals(messages.map(meaningOf), meanings, `chunks of ${size}`);
      }
    },
  });

  Deno.test({
    name: `decodeExtendedHandshake reads what ${vector.sender} says of itself`,
    permissions: "none",
    fn() {
      const [first] = readMessages([bytesOfFrame(vector.frames[0]!)]);
      assert(first?.type === "extended" && first.id === 0);
      const { extensions, ...members } = vector.extended;
      assertEquals(decodeExtendedHandshake(first.payload), {
        extensions: new Map(Object.entries(extensions)),
        ...members,
      });
    },
  });
}

Deno.test({
  name: "decodeHandshake refuses the encrypted handshake that aria2 tries first",
  permissions: "none",
  fn() {
    assertThrows(() => decodeHandshake(bytesOfHex(ARIA2_ENCRYPTED_START)), PeerProtocolError);
  },
});

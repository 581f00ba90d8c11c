import { assert, assertEquals, assertThrows } from "@std/assert";
import { concatBytes } from "../../../lib/bytes/mod.ts";
import {
  decodeMessage,
  encodeMessage,
  type Message,
  MESSAGE_ID,
  PeerProtocolError,
} from "../../../lib/peer/wire/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { SAMPLE_BYTES, SAMPLE_MESSAGES } from "./sample_messages.ts";
import { bytesOfHex, chunksOf, readMessages, writeMessages } from "./wire_bytes.ts";

const MESSAGES = SAMPLE_MESSAGES.map(({ message }) => message);

function payloadOf(message: Message): Uint8Array<ArrayBuffer> {
  const payload = encodeMessage(message);
  return concatBytes(payload instanceof Uint8Array ? [payload] : payload);
}

Deno.test({
  name: "The samples have a message of each type",
  permissions: "none",
  fn() {
    const types = new Set<string>(MESSAGES.map(({ type }) => type));
    assertEquals(types, new Set([...Object.keys(MESSAGE_ID), "keep-alive", "unknown"]));
  },
});

Deno.test({
  name: "encodeMessage writes each message as BEP 3, BEP 6 and BEP 10 lay it out",
  permissions: "none",
  fn() {
    for (const { message, hex } of SAMPLE_MESSAGES) {
      assertEquals(writeMessages([message]), bytesOfHex(hex), message.type);
    }
  },
});

Deno.test({
  name: "decodeMessage reads each message wherever the stream is cut in two",
  permissions: "none",
  fn() {
    for (let place = 0; place <= SAMPLE_BYTES.length; place++) {
      const chunks = [SAMPLE_BYTES.slice(0, place), SAMPLE_BYTES.slice(place)];
      assertEquals(readMessages(chunks), MESSAGES, `cut at ${place}`);
    }
  },
});

Deno.test({
  name: "decodeMessage reads each message from chunks of each size, one byte included",
  permissions: "none",
  fn() {
    for (let size = 1; size <= SAMPLE_BYTES.length; size++) {
      assertEquals(readMessages(chunksOf(SAMPLE_BYTES, size)), MESSAGES, `chunks of ${size}`);
    }
  },
});

Deno.test({
  name:
    "decodeMessage takes each id with exactly the lengths that its message may have (BEP 3, 6, 10)",
  permissions: "none",
  fn() {
    const exact: Record<number, number> = {
      ...{ 0: 1, 1: 1, 2: 1, 3: 1, 4: 5, 6: 13, 8: 13 },
      ...{ 13: 5, 14: 1, 15: 1, 16: 13, 17: 5 },
    };
    const atLeast: Record<number, number> = { 7: 9, 20: 2 };
    const random = seededRandom(20);
    for (let id = 0; id < 256; id++) {
      for (let length = 1; length <= 64; length++) {
        const payload = randomBytes(random, length);
        payload[0] = id;
        const isValid = exact[id] === undefined
          ? length >= (atLeast[id] ?? 1)
          : length === exact[id];
        if (isValid) assertEquals(payloadOf(decodeMessage(payload)), payload, `${id}, ${length}`);
        else assertThrows(() => decodeMessage(payload), PeerProtocolError, `message ${id}`);
      }
    }
    assertEquals(decodeMessage(new Uint8Array(0)), { type: "keep-alive" });
  },
});

Deno.test({
  name: "decodeMessage names the id and both lengths of a message of a wrong length",
  permissions: "none",
  fn() {
    assertThrows(
      () => decodeMessage(bytesOfHex("04 000000")),
      PeerProtocolError,
      "Cannot read message 4: it has 4 bytes, must have 5",
    );
    assertThrows(
      () => decodeMessage(bytesOfHex("07 00000000 000000")),
      PeerProtocolError,
      "Cannot read message 7: it has 8 bytes, must have at least 9",
    );
  },
});

Deno.test({
  name: "decodeMessage reads numbers of the highest bit as positive",
  permissions: "none",
  fn() {
    const message = decodeMessage(bytesOfHex("06 80000000 ffffffff f0000000"));
    assertEquals(message, {
      type: "request",
      index: 0x80000000,
      begin: 0xffffffff,
      length: 0xf0000000,
    });
  },
});

Deno.test({
  name: "decodeMessage gives the bytes of blocks, bitfields and extensions as views, not copies",
  permissions: "none",
  fn() {
    const piece = bytesOfHex("ffff 07 00000001 00000002 aabb").subarray(2);
    const message = decodeMessage(piece);
    assert(message.type === "piece" && message.block.buffer === piece.buffer);
    assertEquals(message.block, bytesOfHex("aabb"));
    const bitfield = decodeMessage(bytesOfHex("05 c0"));
    assertEquals(bitfield, { type: "bitfield", bits: bytesOfHex("c0") });
  },
});

Deno.test({
  name:
    "Whatever bytes decodeMessage takes, encodeMessage gives back; it throws nothing of its own",
  permissions: "none",
  fn() {
    const random = seededRandom(3);
    const ids = [...Object.values(MESSAGE_ID), 9, 10, 18, 255];
    const counts = new Map<string, number>();
    let refused = 0;
    for (let round = 0; round < 20_000; round++) {
      const payload = randomBytes(random, randomBelow(random, 20));
      if (payload.length > 0 && random() < 0.8) payload[0] = ids[randomBelow(random, ids.length)]!;
      let message;
      try {
        message = decodeMessage(payload);
      } catch (error) {
        assert(error instanceof PeerProtocolError, `${error} of ${payload}`);
        refused++;
        continue;
      }
      counts.set(message.type, (counts.get(message.type) ?? 0) + 1);
      assertEquals(payloadOf(message), payload);
    }
    assertEquals(counts.size, 17, "each type of message was read");
    assert(refused > 1_000, `${refused} payloads were refused`);
  },
});

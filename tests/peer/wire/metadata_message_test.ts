import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  decodeMetadataMessage,
  encodeMetadataMessage,
  METADATA_BLOCK_LENGTH,
  type MetadataMessage,
  PeerProtocolError,
} from "../../../lib/peer/wire/mod.ts";
import { mutate } from "../../bencode/seeded_random.ts";
import { randomBelow, randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { bytesOfChars } from "../../vectors/bencode_vectors.ts";

/** The examples of BEP 9, of which that of `reject` has the type of the text above it. */
const EXAMPLES: readonly (readonly [MetadataMessage, string])[] = [
  [{ type: "request", piece: 0 }, "d8:msg_typei0e5:piecei0ee"],
  [
    { type: "data", piece: 0, totalSize: 3425, block: bytesOfChars("xxxxxxxx") },
    "d8:msg_typei1e5:piecei0e10:total_sizei3425eexxxxxxxx",
  ],
  [{ type: "reject", piece: 0 }, "d8:msg_typei2e5:piecei0ee"],
  [
    { type: "data", piece: 255, totalSize: 4_177_921, block: bytesOfChars("d8:msg_typei2ee") },
    "d8:msg_typei1e5:piecei255e10:total_sizei4177921eed8:msg_typei2ee",
  ],
  [
    { type: "data", piece: 1, totalSize: 16_384, block: new Uint8Array(0) },
    "d8:msg_typei1e5:piecei1e10:total_sizei16384ee",
  ],
];

function decodeText(text: string): MetadataMessage | undefined {
  return decodeMetadataMessage(bytesOfChars(text));
}

Deno.test({
  name: "encodeMetadataMessage writes the examples of BEP 9, a block behind its dictionary",
  permissions: "none",
  fn() {
    for (const [message, text] of EXAMPLES) {
      assertEquals(encodeMetadataMessage(message), bytesOfChars(text));
    }
  },
});

Deno.test({
  name: "decodeMetadataMessage reads the examples of BEP 9, also with what it does not know",
  permissions: "none",
  fn() {
    for (const [message, text] of EXAMPLES) assertEquals(decodeText(text), message);
    const request = { type: "request", piece: 7 } as const;
    assertEquals(decodeText("d5:extrali1ei2ee8:msg_typei0e5:piecei7e1:zdee"), request);
    assertEquals(decodeText("d5:piecei7e8:msg_typei0ee"), request, "the order does not matter");
  },
});

Deno.test({
  name: "A block of metadata is what is behind the dictionary, as a view (BEP 9)",
  permissions: "none",
  fn() {
    assertEquals(METADATA_BLOCK_LENGTH, 16_384);
    const block = randomBytes(seededRandom(9), METADATA_BLOCK_LENGTH);
    const payload = encodeMetadataMessage({ type: "data", piece: 2, totalSize: 40_000, block });
    assertEquals(payload.length, "d8:msg_typei1e5:piecei2e10:total_sizei40000ee".length + 16_384);
    const message = decodeMetadataMessage(payload);
    assert(message?.type === "data");
    assertEquals(message.block, block);
    assert(message.block.buffer === payload.buffer, "it is not copied");
  },
});

Deno.test({
  name: "A message of a type that is not known is passed over, whatever else it says (BEP 9)",
  permissions: "none",
  fn() {
    for (const type of [3, 4, 255, 4_294_967_296, Number.MAX_SAFE_INTEGER]) {
      assertEquals(decodeText(`d8:msg_typei${type}e5:piecei0ee`), undefined);
      assertEquals(decodeText(`d8:msg_typei${type}eegarbage`), undefined);
      assertEquals(decodeText(`d8:msg_typei${type}e5:piece3:abce`), undefined);
    }
  },
});

Deno.test({
  name: "decodeMetadataMessage refuses what is no message of its type, with PeerProtocolError",
  permissions: "none",
  fn() {
    const wrong: Record<string, string> = {
      "": "does not begin with bencode",
      "x": "does not begin with bencode",
      "i0e": "is not a dictionary",
      "le": "is not a dictionary",
      "4:spam": "is not a dictionary",
      "de": "has no type",
      "d8:msg_type1:0e": "has no type",
      "d8:msg_typei0ee": "has no piece",
      "d8:msg_typei0e5:piecei-1ee": "has no piece",
      "d8:msg_typei0e5:piece1:0e": "has no piece",
      "d8:msg_typei2ee": "has no piece",
      "d8:msg_typei1e5:piecei0eexxxx": "has no total size",
      "d8:msg_typei1e5:piecei0e10:total_sizei-1ee": "has no total size",
      [`d8:msg_typei0e5:piecei0e1:x${"l".repeat(9)}${"e".repeat(9)}e`]:
        "does not begin with bencode",
      [`d8:msg_typei0e5:piecei0e1:xl${"i1e".repeat(99)}ee`]: "does not begin with bencode",
      ["l".repeat(100_000)]: "does not begin with bencode",
      "d8:msg_typei0e5:piecei0e1:x99999999999:e": "does not begin with bencode",
    };
    for (const [text, reason] of Object.entries(wrong)) {
      assertThrows(
        () => decodeText(text),
        PeerProtocolError,
        `Cannot read metadata message: it ${reason}`,
        text.slice(0, 60),
      );
    }
  },
});

Deno.test({
  name: "decodeMetadataMessage refuses every truncation of a dictionary",
  permissions: "none",
  fn() {
    for (const [, text] of EXAMPLES) {
      const end = text.indexOf("ee") + 2;
      for (let length = 0; length < end; length++) {
        assertThrows(() => decodeText(text.slice(0, length)), PeerProtocolError);
      }
    }
  },
});

Deno.test({
  name: "decodeMetadataMessage throws nothing but PeerProtocolError, and means what encode writes",
  permissions: "none",
  fn() {
    const random = seededRandom(99);
    const counts = { refused: 0, passedOver: 0, taken: 0 };
    for (let round = 0; round < 20_000; round++) {
      const [, text] = EXAMPLES[randomBelow(random, EXAMPLES.length)]!;
      const payload = mutate(bytesOfChars(text), random);
      let message;
      try {
        message = decodeMetadataMessage(payload);
      } catch (error) {
        assert(error instanceof PeerProtocolError, `${error}`);
        counts.refused++;
        continue;
      }
      if (message === undefined) counts.passedOver++;
      else {
        counts.taken++;
        assertEquals(decodeMetadataMessage(encodeMetadataMessage(message)), message);
      }
    }
    assert(Object.values(counts).every((count) => count > 50), JSON.stringify(counts));
  },
});

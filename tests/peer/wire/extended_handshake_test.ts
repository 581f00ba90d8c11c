import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  decodeExtendedHandshake,
  encodeExtendedHandshake,
  type ExtendedHandshake,
  PeerProtocolError,
} from "../../../lib/peer/wire/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "../../bytes/seeded_random.ts";

function decodeText(text: string): ExtendedHandshake {
  return decodeExtendedHandshake(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}

const FULL: ExtendedHandshake = {
  extensions: new Map([["sl_ping", 1], ["ut_metadata", 3]]),
  client: "Sluice",
  port: 6881,
  maxRequests: 250,
  blockLength: 262_144,
  metadataSize: 31_235,
  appetite: "nothing",
  yourHost: "49.50.51.52",
};

const FULL_TEXT = "d1:md7:sl_pingi1e11:ut_metadatai3ee13:metadata_sizei31235e1:pi6881e4:reqqi250e" +
  "8:sl_blocki262144e11:upload_onlyi1e1:v6:Sluice6:yourip4:1234e";

Deno.test({
  name: "encodeExtendedHandshake writes the dictionary of BEP 10, sorted",
  permissions: "none",
  fn() {
    assertEquals(String.fromCharCode(...encodeExtendedHandshake(FULL)), FULL_TEXT);
    const empty = encodeExtendedHandshake({ extensions: new Map() });
    assertEquals(new TextDecoder().decode(empty), "d1:mdee");
  },
});

Deno.test({
  name: "decodeExtendedHandshake reads what encodeExtendedHandshake writes",
  permissions: "none",
  fn() {
    assertEquals(decodeText(FULL_TEXT), FULL);
    assertEquals(decodeText("d1:mdee"), { extensions: new Map() });
  },
});

Deno.test({
  name: "decodeExtendedHandshake leaves out members of a wrong type or size, and keeps the others",
  permissions: "none",
  fn() {
    const none = { extensions: new Map() };
    const garbage: Record<string, ExtendedHandshake> = {
      "de": none,
      "d1:mi5ee": none,
      "d1:m3:abce": none,
      "d1:ml3:abcee": none,
      "d1:md1:a3:xyz1:bi4eee": { extensions: new Map([["b", 4]]) },
      "d1:md1:ai-1e1:bi256e1:ci255eee": { extensions: new Map([["c", 255]]) },
      "d1:md1:ai99999999999999999999e1:bi0eee": { extensions: new Map([["b", 0]]) },
      "d1:pi0ee": none,
      "d1:pi65536ee": none,
      "d13:metadata_sizei0ee": none,
      "d11:upload_only1:1e": none,
      "d11:upload_onlyi0ee": { extensions: new Map(), appetite: "pieces" },
      "d6:yourip5:\x01\x02\x03\x04\x05e": none,
      "d6:youripi7ee": none,
      "d1:pi-1ee": none,
      "d1:p2:\x1a\xe1e": none,
      "d1:pi65535ee": { ...none, port: 65_535 },
      "d4:reqqi0ee": none,
      "d4:reqql1:aee": none,
      "d4:reqqi99999999999999999999ee": none,
      "d4:reqqi1ee": { ...none, maxRequests: 1 },
      "d8:sl_blocki-5ee": none,
      "d8:sl_block0:e": none,
      "d1:vi7ee": none,
      "d1:vdee": none,
      [`d1:v257:${"x".repeat(257)}e`]: none,
      [`d1:v256:${"x".repeat(256)}e`]: { ...none, client: "x".repeat(256) },
      "d1:v0:e": { ...none, client: "" },
      "d1:pi7e1:v3:abc1:mdee": { ...none, client: "abc", port: 7 },
    };
    for (const [text, wanted] of Object.entries(garbage)) {
      assertEquals(decodeText(text), wanted, text);
    }
  },
});

Deno.test({
  name: "decodeExtendedHandshake gives text also of bytes that are none",
  permissions: "none",
  fn() {
    assertEquals(decodeText("d1:v3:a\xffbe").client, "a\ufffdb");
  },
});

Deno.test({
  name: "decodeExtendedHandshake keeps an extension named __proto__ as any other",
  permissions: "none",
  fn() {
    const { extensions } = decodeText("d1:md9:__proto__i4eee");
    assertEquals([...extensions], [["__proto__", 4]]);
    assert(!("4" in {}));
  },
});

Deno.test({
  name: "decodeExtendedHandshake refuses what is no dictionary with PeerProtocolError alone",
  permissions: "none",
  fn() {
    const wrong = ["", "i1e", "le", "4:abcd", "d", "d1:m", "d1:mde", "dex", "d1:me", "d1:m1:"];
    wrong.push("d1:m" + "l".repeat(50) + "e".repeat(50) + "e", "l".repeat(100_000));
    wrong.push("d1:xl" + "i1e".repeat(1_001) + "ee");
    for (const text of wrong) {
      assertThrows(() => decodeText(text), PeerProtocolError, "Cannot read extended handshake");
    }
  },
});

Deno.test({
  name: "decodeExtendedHandshake throws nothing but PeerProtocolError, whatever bytes it is given",
  permissions: "none",
  fn() {
    const random = seededRandom(10);
    const original = new TextEncoder().encode(FULL_TEXT);
    let accepted = 0;
    for (let round = 0; round < 5_000; round++) {
      const bytes = original.slice(0, round % 3 === 0 ? randomBelow(random, 80) : undefined);
      const [noise] = randomBytes(random, 1);
      if (bytes.length > 0) bytes[randomBelow(random, bytes.length)] = noise!;
      try {
        decodeExtendedHandshake(bytes);
        accepted++;
      } catch (error) {
        assert(error instanceof PeerProtocolError, `${error}`);
      }
    }
    assert(accepted > 100 && accepted < 4_900, `${accepted} were accepted`);
  },
});

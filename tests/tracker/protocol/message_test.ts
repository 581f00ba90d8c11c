import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { type DictionaryReader, encode } from "../../../lib/bencode/mod.ts";
import { FrameDecoder } from "../../../lib/framing/mod.ts";
import {
  type Body,
  decodeMessage,
  encodeMessage,
  MalformedMessageError,
  type Message,
} from "../../../lib/tracker/protocol/mod.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";

const MESSAGES: readonly (readonly [text: string, message: Message<Body>])[] = [
  ["d1:ad1:xi1ee1:q4:ping1:ti7ee", {
    type: "query",
    transaction: 7,
    name: "ping",
    content: { x: 1 },
  }],
  ["d1:ade1:q13:peers_changede", { type: "push", name: "peers_changed", content: {} }],
  ["d1:rd4:nexti3ee1:ti0ee", { type: "reply", transaction: 0, content: { next: 3 } }],
  ["d1:eli404e3:whye1:ti4294967295ee", {
    type: "error",
    transaction: 2 ** 32 - 1,
    code: 404,
    text: "why",
  }],
  ["d1:eli400e2:noee", { type: "error", transaction: undefined, code: 400, text: "no" }],
];

/** Bencode that is no message, and text that is no bencode. */
const MALFORMED: readonly string[] = [
  "",
  "hello",
  "le",
  "i1e",
  "4:ping",
  "de",
  "d1:ti0ee",
  "d1:ade1:q4:ping1:ti0eex",
  "d1:ade1:q4:ping1:ti-1ee",
  "d1:ade1:q4:ping1:ti4294967296ee",
  "d1:ade1:q4:ping1:t1:0e",
  "d1:ade1:q4:ping1:rde1:ti0ee",
  "d1:ade1:eli400e0:e1:q4:pinge",
  "d1:q4:ping1:ti0ee",
  "d1:ale1:q4:ping1:ti0ee",
  "d1:ade1:qi1e1:ti0ee",
  "d1:ade1:q1:\xff1:ti0ee",
  "d1:rdee",
  "d1:rle1:ti0ee",
  "d1:ei400ee",
  "d1:eleee",
  "d1:eli400eee",
  "d1:el2:noi400eee",
  "d1:eli400e2:no5:abcdeee",
  "d1:eli-1e2:noee",
  "d1:eli1000e2:noee",
  "d1:q4:ping1:ade1:ti0ee",
  "d1:ade1:ade1:q4:ping1:ti0ee",
  "d1:ade1:q4:ping1:ti00ee",
  "d1:ad1:allllleeeeee1:q4:ping1:ti0ee",
];

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function plain(message: Message<DictionaryReader>): Message<string[]> {
  if (message.type === "error") return message;
  return { ...message, content: ["x", "next"].filter((key) => message.content.has(key)) };
}

Deno.test({
  name: "each kind of message is encoded as the protocol document says, and decoded again",
  permissions: "none",
  fn() {
    for (const [text, message] of MESSAGES) {
      assertEquals(encodeMessage(message), bytesOf(text));
      const keys = message.type === "error" ? message : {
        ...message,
        content: Object.keys(message.content),
      };
      assertEquals(plain(decodeMessage(bytesOf(text))), keys);
    }
  },
});

Deno.test({
  name: "a payload that is no message is a MalformedMessageError",
  permissions: "none",
  fn() {
    for (const text of MALFORMED) {
      assertThrows(() => decodeMessage(bytesOf(text)), MalformedMessageError, "Cannot", text);
    }
  },
});

Deno.test({
  name: "a message that was cut short is a MalformedMessageError at every length",
  permissions: "none",
  fn() {
    for (const [text] of MESSAGES) {
      for (let length = 0; length < text.length; length++) {
        assertThrows(() => decodeMessage(bytesOf(text.slice(0, length))), MalformedMessageError);
      }
    }
  },
});

Deno.test({
  name: "a message with more values than may be is refused",
  permissions: "none",
  fn() {
    const around = (count: number): Uint8Array =>
      encode({ a: { list: new Array(count).fill(1) }, q: "ping", t: 0 });
    assertEquals(decodeMessage(around(65_500)).type, "query");
    assertThrows(() => decodeMessage(around(65_536)), MalformedMessageError);
  },
});

Deno.test({
  name: "keys that are not known are ignored",
  permissions: "none",
  fn() {
    const message = decodeMessage(bytesOf("d1:ade1:q4:ping1:ti7e1:vi2e1:zlee"));
    assertEquals(message.type === "query" && message.name, "ping");
  },
});

Deno.test({
  name: "any bytes decode to a message or are a MalformedMessageError, and nothing else",
  permissions: "none",
  fn() {
    const random = seededRandom(4);
    let decoded = 0;
    for (let round = 0; round < 20_000; round++) {
      const [text] = MESSAGES[round % MESSAGES.length] ?? ["", undefined];
      const bytes = bytesOf(text);
      for (let edit = randomBelow(random, 3); edit >= 0; edit--) {
        bytes[randomBelow(random, bytes.length)] = "0123456789:deiltqra"
          .charCodeAt(randomBelow(random, 19));
      }
      try {
        decodeMessage(bytes);
        decoded++;
      } catch (error) {
        assertInstanceOf(error, MalformedMessageError);
      }
    }
    assert(decoded > 100, `only ${decoded} of the mutations are messages`);
  },
});

Deno.test({
  name: "messages arrive whole whatever the chunks in which they come",
  permissions: "none",
  fn() {
    const bytes = MESSAGES.flatMap(([text]) => [0, 0, 0, text.length, ...bytesOf(text)]);
    for (let split = 0; split <= bytes.length; split++) {
      const decoder = new FrameDecoder({ maxLength: 100 });
      const payloads = [
        ...decoder.push(Uint8Array.from(bytes.slice(0, split))),
        ...decoder.push(Uint8Array.from(bytes.slice(split))),
      ];
      assertEquals(payloads.map(decodeMessage).map(({ type }) => type), [
        "query",
        "push",
        "reply",
        "error",
        "error",
      ]);
    }
  },
});

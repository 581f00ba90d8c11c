import { assertEquals, assertFalse, assertNotEquals, assertThrows } from "@std/assert";
import {
  createSwarmKey,
  formatSwarmKey,
  generateSwarmKey,
  parseSwarmKey,
} from "../../../lib/net/mod.ts";

const TITLE = "Sluice swarm key, version 1";
const DIGITS = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const KEY = createSwarmKey(Uint8Array.from({ length: 32 }, (_, at) => at));

Deno.test("swarm key: a key is written in one form, and read as it was written", () => {
  assertEquals(formatSwarmKey(KEY), `${TITLE}\n${DIGITS}\n`);
  const fresh = generateSwarmKey();
  assertEquals(parseSwarmKey(formatSwarmKey(fresh)), fresh);
  assertEquals(fresh.length, 32);
  assertNotEquals(fresh, generateSwarmKey());
});

Deno.test("swarm key: line ends of any system and digits of either case are read", () => {
  for (
    const text of [
      `${TITLE}\r\n${DIGITS}\r\n`,
      `${TITLE}\n${DIGITS}`,
      `${TITLE}\n${DIGITS.toUpperCase()}\n\n`,
    ]
  ) assertEquals(parseSwarmKey(text), KEY);
});

Deno.test("swarm key: what is no key file is refused by what is wrong, and never shown", () => {
  const faults: [string, string][] = [
    ["", "it is no key file"],
    [DIGITS, "it is no key file"],
    [` ${TITLE}\n${DIGITS}\n`, "it is no key file"],
    [`/key/swarm/psk/1.0.0/\n/base16/\n${DIGITS}\n`, "it is no key file"],
    [`Sluice swarm key, version 2\n${DIGITS}\n`, "it is of another version"],
    [`${TITLE}\n`, "its key has 0 hexadecimal digits"],
    [`${TITLE}\n${DIGITS.slice(2)}\n`, "its key has 62 hexadecimal digits"],
    [`${TITLE}\n${DIGITS}00\n`, "its key has 66 hexadecimal digits"],
    [`${TITLE}\n${DIGITS.slice(1)}g\n`, "something else than hexadecimal digits"],
    [`${TITLE}\n${DIGITS} \nmore`, "more than two lines"],
    [`${TITLE}\n${DIGITS}\n${DIGITS}\n`, "more than two lines"],
    [`${TITLE}\n${"00".repeat(32)}\n`, "not random"],
  ];
  for (const [text, reason] of faults) {
    const { message } = assertThrows(() => parseSwarmKey(text), SyntaxError, reason);
    assertFalse(message.includes("0001"), message);
  }
});

Deno.test("swarm key: a key of another length, or of one byte over and over, is none", () => {
  for (const length of [0, 16, 31, 33]) {
    assertThrows(() => createSwarmKey(new Uint8Array(length).map((_, at) => at)), RangeError);
  }
  assertThrows(() => createSwarmKey(new Uint8Array(32).fill(7)), RangeError, "not random");
});

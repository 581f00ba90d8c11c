import { assertEquals } from "@std/assert";
import { Secret } from "../../lib/bytes/mod.ts";

const ROOM = 24;
const WORD = "correct horse";

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What is shown, and at which places it was looked at. */
function counted(text: string): { readonly shown: ArrayLike<number>; readonly looks: number[] } {
  const looks: number[] = [];
  const shown = new Proxy([...bytesOf(text)], {
    get(bytes, name) {
      if (name !== "length") looks.push(Number(name));
      return Reflect.get(bytes, name);
    },
  });
  return { shown, looks };
}

Deno.test({
  name: "a secret is what it is made of, and nothing that is shorter, longer or other",
  permissions: "none",
  fn() {
    const secret = new Secret(bytesOf(WORD), ROOM);
    assertEquals(secret.is(bytesOf(WORD)), true);
    const wrong = ["", WORD.slice(0, -1), `${WORD}\0`, `${WORD}s`, WORD.padEnd(ROOM + 1, "\0")];
    for (let at = 0; at < WORD.length; at++) {
      wrong.push(`${WORD.slice(0, at)}#${WORD.slice(at + 1)}`);
    }
    for (const text of wrong) assertEquals(secret.is(bytesOf(text)), false, text);
    assertEquals(new Secret(bytesOf(""), ROOM).is(bytesOf("\0")), false);
    const long = "a".repeat(ROOM + 1);
    assertEquals(new Secret(bytesOf(long), ROOM).is(bytesOf(long)), true);
    assertEquals(new Secret(bytesOf(long), ROOM).is(bytesOf(long.slice(1))), false);
  },
});

Deno.test({
  name:
    "a secret is compared in as many steps wherever what is shown differs, and however long it is",
  permissions: "none",
  fn() {
    const secret = new Secret(bytesOf(WORD), ROOM);
    const each = Array.from({ length: ROOM }, (_, at) => at);
    const others = each.slice(0, WORD.length).map((at) =>
      `${WORD.slice(0, at)}#${WORD.slice(at + 1)}`
    );
    for (const text of [WORD, "", "c", WORD.repeat(9), ...others]) {
      const { shown, looks } = counted(text);
      secret.is(shown);
      assertEquals(looks, each, text);
    }
  },
});

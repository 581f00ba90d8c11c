import { assert, assertEquals, assertThrows } from "@std/assert";
import { MAX_QUERY_LENGTH } from "../../../lib/tracker/limits.ts";
import { QueryString } from "../../../lib/tracker/protocol/query_string.ts";
import { TrackerRefusedError } from "../../../lib/tracker/refused_error.ts";
import { seededRandom } from "../../bytes/seeded_random.ts";

function refusal(read: () => unknown): string {
  return assertThrows(read, TrackerRefusedError).message;
}

function percentEncoded(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
}

Deno.test({
  name: "QueryString gives the bytes of a value, whatever they are (BEP 3: info_hash)",
  permissions: "none",
  fn() {
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const query = new QueryString(`a=${percentEncoded(every)}&b=x%2Fy+z&b=%C3%A9&c&d=%41a`);
    assertEquals(query.allBytes("a"), [every]);
    const [first, second] = query.allBytes("b");
    assertEquals(new TextDecoder().decode(first), "x/y z");
    assertEquals(second && [...second], [0xc3, 0xa9]);
    assertEquals(query.allBytes("c").map(({ length }) => length), [0]);
    assertEquals(query.text("d"), "Aa");
    assertEquals([query.count("b"), query.count("e")], [2, 0]);
    assertEquals([query.text("e"), query.allBytes("e")], [undefined, []]);
  },
});

Deno.test({
  name: "QueryString passes over what has no name, and takes __proto__ as any other",
  permissions: "none",
  fn() {
    const query = new QueryString("&a&=b&&__proto__=1&constructor=2&");
    assertEquals(query.text("a"), "");
    assertEquals(query.text("__proto__"), "1");
    assertEquals(query.text("constructor"), "2");
    assertEquals(query.text("toString"), undefined);
    assertEquals(new QueryString("").count("a"), 0);
  },
});

Deno.test({
  name: "QueryString refuses a broken percent sign, a value twice, and what is no text",
  permissions: "none",
  fn() {
    for (const value of ["%", "%0", "%zz", "%0%a", "%a", "abc%4", "% 1", "%\u0130\u0130"]) {
      assert(refusal(() => new QueryString(`a=${value}`).allBytes("a")).includes("percent"), value);
    }
    assert(refusal(() => new QueryString("a=\u20ac").allBytes("a")).includes("no byte"));
    assert(refusal(() => new QueryString("a=1&a=1").text("a")).includes("2 times"));
    for (const value of ["%00", "%ff", "%7f", "%0a"]) {
      assert(refusal(() => new QueryString(`a=${value}`).text("a")).includes("no text"), value);
    }
  },
});

Deno.test({
  name: "QueryString reads whole numbers in a range, and refuses everything else",
  permissions: "none",
  fn() {
    const read = (value: string) => new QueryString(`n=${value}`).integer("n", { min: -1, max: 9 });
    assertEquals(["0", "9", "-1", "007", "-0"].map(read), [0, 9, -1, 7, -0]);
    const wrong = [
      "",
      "10",
      "-2",
      "1.5",
      "1e1",
      "0x1",
      " 1",
      "+1",
      "1 ",
      "NaN",
      "--1",
      "9".repeat(30),
    ];
    for (const value of wrong) assert(refusal(() => read(value)).includes("from -1 to 9"), value);
    assertEquals(new QueryString("").integer("n", { min: 0, max: 1 }), undefined);
    const large = new QueryString("n=18446744073709551615").integer("n", { min: 0, max: 2 ** 64 });
    assertEquals(large, 2 ** 64);
  },
});

Deno.test({
  name: "QueryString is as long as it may be, and not longer",
  permissions: "none",
  fn() {
    const longest = `a=${"x".repeat(MAX_QUERY_LENGTH - 2)}`;
    assertEquals(new QueryString(longest).text("a")?.length, MAX_QUERY_LENGTH - 2);
    assert(refusal(() => new QueryString(`${longest}x`)).includes("8192"));
    assertEquals(new QueryString("a&".repeat(255) + "a").count("a"), 256);
    assert(refusal(() => new QueryString("a&".repeat(256) + "a")).includes("256 parameters"));
  },
});

Deno.test({
  name: "QueryString throws nothing but TrackerRefusedError, whatever it is given",
  permissions: "none",
  fn() {
    const random = seededRandom(9);
    const alphabet = "%&=+az09 \u00ff\u20ac-.~";
    for (let round = 0; round < 3_000; round++) {
      const text = Array.from(
        { length: Math.floor(random() * 40) },
        () => alphabet[Math.floor(random() * alphabet.length)],
      ).join("");
      try {
        const query = new QueryString(text);
        for (const name of ["a", "z", "0", ""]) {
          query.allBytes(name);
          query.text(name);
        }
      } catch (error) {
        assert(error instanceof TrackerRefusedError, `${text}: ${error}`);
      }
    }
  },
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../lib/cli/cli_error.ts";
import { quoteWord, splitUnfinished, splitWords } from "../../../lib/cli/shell/split_words.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";

/** A text of up to so many characters of an alphabet. */
function randomText(random: () => number, alphabet: readonly string[], maxLength: number): string {
  const length = randomBelow(random, maxLength + 1);
  return Array.from({ length }, () => alphabet[randomBelow(random, alphabet.length)]).join("");
}

Deno.test({
  name: "split words: words are split at white space, however much of it there is",
  permissions: "none",
  fn() {
    assertEquals(splitWords("ping 192.0.2.7 9021"), ["ping", "192.0.2.7", "9021"]);
    assertEquals(splitWords("  ping\t 192.0.2.7  \r"), ["ping", "192.0.2.7"]);
    for (const line of ["", " ", "\t\r\n"]) assertEquals(splitWords(line), []);
  },
});

Deno.test({
  name: "split words: what is in quotes stays together, and the quotes are gone",
  permissions: "none",
  fn() {
    const lines: readonly [string, string[]][] = [
      [`merge_chunks "my film.mp4"`, ["merge_chunks", "my film.mp4"]],
      [`merge_chunks 'my film.mp4'`, ["merge_chunks", "my film.mp4"]],
      [`"  two   spaces  "`, ["  two   spaces  "]],
      [`"it's here" 'she said "no"'`, ["it's here", `she said "no"`]],
      [`my" "film'.'mp4`, ["my film.mp4"]],
      [`"a b"'c d'`, ["a bc d"]],
      [`"" x ''`, ["", "x", ""]],
      [`x""`, ["x"]],
      [`"$1 $2 $&"`, ["$1 $2 $&"]],
    ];
    for (const [line, words] of lines) assertEquals(splitWords(line), words, line);
  },
});

Deno.test({
  name: "split words: a backslash takes from the next character what it would mean",
  permissions: "none",
  fn() {
    const lines: readonly [string, string[]][] = [
      ["merge_chunks my\\ film.mp4", ["merge_chunks", "my film.mp4"]],
      ["merge_chunks it\\'s.mp4 x", ["merge_chunks", "it's.mp4", "x"]],
      [`say\\ \\"no\\"`, [`say "no"`]],
      ["a\\\\b a\\\\ b", ["a\\b", "a\\", "b"]],
      ["a\\b", ["ab"]],
      ["\\  \\\t", [" ", "\t"]],
      ["\\\u{1f3ac}", ["\u{1f3ac}"]],
      ["two\\\nlines", ["two\nlines"]],
      [`"my "\\'film'.mp4'`, [`my 'film.mp4`]],
    ];
    for (const [line, words] of lines) assertEquals(splitWords(line), words, line);
  },
});

Deno.test({
  name: "split words: within quotes a backslash is a character like others",
  permissions: "none",
  fn() {
    const lines: readonly [string, string[]][] = [
      [`"a\\b" 'a\\b'`, ["a\\b", "a\\b"]],
      [`"a\\" b`, ["a\\", "b"]],
      [`'it\\'s`, ["it\\s"]],
    ];
    for (const [line, words] of lines) assertEquals(splitWords(line), words, line);
  },
});

Deno.test({
  name:
    "split words: a quote that is not closed is refused, wherever it stands, and a last backslash",
  permissions: "none",
  fn() {
    const lines = [
      `"`,
      `'`,
      `merge_chunks "my film.mp4`,
      `merge_chunks my film.mp4"`,
      `merge_chunks it's.mp4`,
      `merge_chunks "it's here" 'and`,
      `merge_chunks "my film.mp4'`,
      `"a" "b" "`,
      `"merge_chunks x`,
      `merge_chunks \\"my film.mp4"`,
    ];
    for (const line of lines) assertRefused(` ${line} `, line);
    for (const line of ["\\", "merge_chunks my\\", "a\\\\\\", `"a"\\`]) assertRefused(line, line);
  },
});

function assertRefused(line: string, shown: string): void {
  const error = assertThrows(() => splitWords(line), UsageError, undefined, line);
  assertEquals(
    [error.message, error.exitCode],
    [`Cannot read ${shown}: a quote is opened and not closed, or a backslash comes last`, 28],
  );
}

Deno.test({
  name: "split words: a word that needs no backslash gets none",
  permissions: "none",
  fn() {
    for (const word of ["mv1.mp4.part1", "192.0.2.7", "#1", "caf\u00e9", "\u6f22\u5b57", "$&"]) {
      assertEquals(quoteWord(word), word);
    }
    assertEquals(quoteWord("my film.mp4"), "my\\ film.mp4");
    assertEquals(quoteWord("a\\b"), "a\\\\b");
    assertEquals(quoteWord(`"it's"`), `\\"it\\'s\\"`);
    assertEquals(quoteWord(""), `""`);
  },
});

Deno.test({
  name: "split words: words that were quoted come out as they were, whatever stands in them",
  permissions: "none",
  fn() {
    const random = seededRandom(7);
    const alphabet = [...`ab \t\n"'\\$&\u00e9\u3000\ufeff\u{1f3ac}`];
    for (let round = 0; round < 5_000; round++) {
      const words = Array.from(
        { length: randomBelow(random, 5) },
        () => randomText(random, alphabet, 7),
      );
      const line = words.map(quoteWord).join(" ");
      assertEquals(splitWords(line), words, line);
    }
  },
});

Deno.test({
  name: "split words: of a line that is being typed the last word may end within a quote",
  permissions: "none",
  fn() {
    const lines: readonly [string, string[], string, string][] = [
      ["", [], "", ""],
      ["  ", [], "", ""],
      ["pi", [], "pi", "pi"],
      ["ping ", ["ping"], "", ""],
      ["ping 192.0.2.7", ["ping"], "192.0.2.7", "192.0.2.7"],
      [`merge "my f`, ["merge"], `"my f`, "my f"],
      [`merge 'my f`, ["merge"], `'my f`, "my f"],
      [`merge my" f`, ["merge"], `my" f`, "my f"],
      [`merge "`, ["merge"], `"`, ""],
      [`merge "my film"`, ["merge"], `"my film"`, "my film"],
      [`merge "my film" `, ["merge", "my film"], "", ""],
      [`merge "it's" 'x`, ["merge", "it's"], `'x`, "x"],
      ["merge my\\", ["merge"], "my\\", "my"],
      ["merge my\\ ", ["merge"], "my\\ ", "my "],
      ["merge my\\ f", ["merge"], "my\\ f", "my f"],
      ["merge my\\ film ", ["merge", "my film"], "", ""],
      [`merge "a\\`, ["merge"], `"a\\`, "a\\"],
    ];
    for (const [line, before, last, typed] of lines) {
      assertEquals(splitUnfinished(line), { before, last, typed }, line);
    }
  },
});

Deno.test({
  name:
    "split words: a line that is whole says the same while it is typed, and what is left is its end",
  permissions: "none",
  fn() {
    const random = seededRandom(8);
    const alphabet = [...`aab  \t"'\\`];
    let whole = 0;
    for (let round = 0; round < 5_000; round++) {
      const line = randomText(random, alphabet, 12);
      const { before, last, typed } = splitUnfinished(line);
      assert(line.endsWith(last), line);
      let words: string[];
      try {
        words = splitWords(line);
      } catch (error) {
        assert(error instanceof UsageError, line);
        continue;
      }
      whole++;
      assertEquals(last === "" ? before : [...before, typed], words, line);
    }
    assert(whole > 1_000, `only ${whole} lines were whole`);
  },
});

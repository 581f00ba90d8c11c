import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../../lib/cli/cli_error.ts";
import { quoteWord, splitWords } from "../../../lib/cli/shell/split_words.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";

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
  name: "split words: a quote that is not closed is refused, wherever it stands",
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
    ];
    for (const line of lines) {
      const error = assertThrows(() => splitWords(` ${line} `), UsageError, line);
      assertStringIncludes(error.message, `Cannot read ${line}: a quote is opened and not closed`);
      assertEquals(error.exitCode, 28);
    }
  },
});

Deno.test({
  name: "split words: a word that needs no quotes gets none",
  permissions: "none",
  fn() {
    for (const word of ["mv1.mp4.part1", "192.0.2.7", "#1", "a\\b", "caf\u00e9", "\u6f22\u5b57"]) {
      assertEquals(quoteWord(word), word);
    }
    assertEquals(quoteWord("my film.mp4"), `"my film.mp4"`);
    assertEquals(quoteWord(""), `""`);
  },
});

Deno.test({
  name: "split words: words that were quoted come out as they were, also with one kind of quote",
  permissions: "none",
  fn() {
    const random = seededRandom(7);
    const alphabets = [`ab \t"\u00e9\u{1f3ac}`, `ab \t'$&\\\u3000`].map((text) => [...text]);
    for (let round = 0; round < 2_000; round++) {
      const words = Array.from({ length: randomBelow(random, 5) }, () => {
        const alphabet = alphabets[randomBelow(random, alphabets.length)] ?? [];
        const length = randomBelow(random, 8);
        return Array.from({ length }, () => alphabet[randomBelow(random, alphabet.length)]).join(
          "",
        );
      });
      const line = words.map(quoteWord).join(" ");
      assertEquals(splitWords(line), words, line);
    }
  },
});

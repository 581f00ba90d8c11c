import { assert, assertEquals } from "@std/assert";
import { completeLine, type Vocabulary } from "../../../lib/cli/shell/complete_line.ts";
import type { OperandKind, ShellCommand } from "../../../lib/cli/shell/shell_command.ts";
import { quoteWord, splitUnfinished, splitWords } from "../../../lib/cli/shell/split_words.ts";

function command(name: string, ...forms: readonly (readonly OperandKind[])[]): ShellCommand {
  return { name, forms, summary: "", details: "", run() {} };
}

const COMMANDS = [
  command("merge", ["NAME"]),
  command("fetch", ["IP", "PORT", "CHUNK"], ["NAME"]),
  command("ping", ["IP", "PORT"]),
  command("see", []),
  command("seek", [], ["NAME"]),
  command("help", [], ["COMMAND"]),
];

const CLIENTS = [
  { host: "192.0.2.7", port: 9021 },
  { host: "192.0.2.7", port: 9022 },
  { host: "192.0.2.70", port: 1 },
  { host: "2001:db8::7", port: 9023 },
];

const VOCABULARY: Vocabulary = {
  commands: COMMANDS,
  names: ["mv1.mp4", "mv2.mp4", "notes.txt"],
  clients: CLIENTS,
  chunksOf: (name) => [1, 2].map((number) => `${name}.part${number}`),
};

/** The words that are offered, once it is made sure that they are offered for the end of the line. */
function offered(line: string, vocabulary: Partial<Vocabulary> = {}): string[] {
  const [words, last] = completeLine(line, { ...VOCABULARY, ...vocabulary });
  assert(line.endsWith(last), `${last} is not the end of ${line}`);
  return words;
}

/** The line after its last word has given way to the only one that is offered. */
function completed(line: string, vocabulary: Partial<Vocabulary>): string {
  const [words, last] = completeLine(line, { ...VOCABULARY, ...vocabulary });
  assertEquals(words.length, 1, line);
  return line.slice(0, line.length - last.length) + words[0];
}

Deno.test({
  name: "complete line: the first word is a command, and the only one has a space behind it",
  permissions: "none",
  fn() {
    assertEquals(offered(""), ["merge", "fetch", "ping", "see", "seek", "help"]);
    assertEquals(offered("  "), offered(""));
    assertEquals(offered("se"), ["see", "seek"]);
    assertEquals(offered("see"), ["see", "seek"]);
    assertEquals(offered("f"), ["fetch "]);
    assertEquals(offered("  fetch"), ["fetch "]);
    for (const line of ["x", "Fetch", "fetchx"]) assertEquals(offered(line), [], line);
  },
});

Deno.test({
  name: "complete line: each operand is completed by what it is",
  permissions: "none",
  fn() {
    assertEquals(offered("merge "), ["mv1.mp4", "mv2.mp4", "notes.txt"]);
    assertEquals(offered("merge mv"), ["mv1.mp4", "mv2.mp4"]);
    assertEquals(offered("merge n"), ["notes.txt "]);
    assertEquals(offered("help pi"), ["ping "]);
    assertEquals(offered("ping "), ["192.0.2.7", "192.0.2.70", "2001:db8::7"], "each host once");
    assertEquals(offered("ping 2"), ["2001:db8::7 "]);
    assertEquals(offered("ping 192.0.2.7 "), ["9021", "9022"], "no port of another host");
    assertEquals(offered("ping  192.0.2.7\t9022"), ["9022 "]);
    assertEquals(offered("ping 203.0.113.1 "), []);
  },
});

Deno.test({
  name: "complete line: a command of several forms offers the words of all that are still open",
  permissions: "none",
  fn() {
    const hosts = ["192.0.2.7", "192.0.2.70", "2001:db8::7"];
    assertEquals(offered("fetch "), [...hosts, "mv1.mp4", "mv2.mp4", "notes.txt"]);
    assertEquals(offered("fetch 192.0.2.7 "), ["9021", "9022"]);
    assertEquals(offered("fetch mv1.mp4 "), []);
    assertEquals(offered("seek m"), ["mv1.mp4", "mv2.mp4"]);
  },
});

Deno.test({
  name: "complete line: chunks are those of the file that was begun",
  permissions: "none",
  fn() {
    const line = "fetch 192.0.2.7 9021 ";
    assertEquals(offered(`${line}mv1`), ["mv1.mp4.part1", "mv1.mp4.part2"]);
    assertEquals(offered(`${line}mv1.mp4.p`), ["mv1.mp4.part1", "mv1.mp4.part2"]);
    assertEquals(offered(`${line}mv1.mp4.part2`), ["mv1.mp4.part2 "]);
    assertEquals(offered(line).length, 6);
    assertEquals(offered(`${line}other`), []);
    const asked: string[] = [];
    const chunksOf = (name: string) => {
      asked.push(name);
      return VOCABULARY.chunksOf(name);
    };
    assertEquals(offered(`${line}notes.txt.part1`, { chunksOf }), ["notes.txt.part1 "]);
    assertEquals(asked, ["notes.txt"], "the chunks of the others were listed for nothing");
  },
});

Deno.test({
  name: "complete line: a name that is the beginning of another hides no chunk of that",
  permissions: "none",
  fn() {
    const names = ["mv1", "mv1.mp4", "mv1.mp4.part1.zip"];
    const line = "fetch 192.0.2.7 9021 ";
    assertEquals(offered(`${line}mv1.m`, { names }), [
      "mv1.mp4.part1",
      "mv1.mp4.part2",
      "mv1.mp4.part1.zip.part1",
      "mv1.mp4.part1.zip.part2",
    ]);
    assertEquals(offered(`${line}mv1.p`, { names }), ["mv1.part1", "mv1.part2"]);
    assertEquals(offered(`${line}mv1`, { names }).length, 6);
    const zip = "mv1.mp4.part1.zip.part2";
    assertEquals(offered(`${line}${zip}`, { names }), [`${zip} `]);
  },
});

Deno.test({
  name: "complete line: of very many chunks no more are made than are offered",
  permissions: "none",
  fn() {
    let made = 0;
    function* chunksOf(name: string): Generator<string> {
      for (let number = 1; number <= 100_000; number++) {
        made++;
        yield `${name}.part${number}`;
      }
    }
    const line = "fetch 192.0.2.7 9021 mv1";
    const first = Array.from({ length: 200 }, (_, at) => `mv1.mp4.part${at + 1}`);
    assertEquals(offered(line, { chunksOf }), first);
    assertEquals(made, 200);
    const seventh = offered(`${line}.mp4.part7`, { chunksOf });
    assertEquals(seventh.length, 200, "those that do not begin so do not count");
    assertEquals(seventh.slice(0, 3), ["mv1.mp4.part7", "mv1.mp4.part70", "mv1.mp4.part71"]);
    assertEquals(offered(`${line}.mp4.part99999`, { chunksOf }), ["mv1.mp4.part99999 "]);
  },
});

Deno.test({
  name:
    "complete line: a word that needs it is offered with backslashes, and reads as what it is then",
  permissions: "none",
  fn() {
    const names = ["my film.mp4", `the "best".mp4`, "it's.mp4", "a\\b.mp4"];
    const lines: readonly [string, string, string][] = [
      ["merge my", "my\\ film.mp4 ", "my film.mp4"],
      ["merge my\\", "my\\ film.mp4 ", "my film.mp4"],
      ["merge my\\ f", "my\\ film.mp4 ", "my film.mp4"],
      [`merge my" f`, "my\\ film.mp4 ", "my film.mp4"],
      ["merge the", `the\\ \\"best\\".mp4 `, `the "best".mp4`],
      ["merge it", "it\\'s.mp4 ", "it's.mp4"],
      ["merge it\\'s", "it\\'s.mp4 ", "it's.mp4"],
      ["merge a", "a\\\\b.mp4 ", "a\\b.mp4"],
    ];
    for (const [line, word, name] of lines) {
      assertEquals(offered(line, { names }), [word], line);
      assertEquals(splitWords(completed(line, { names })), ["merge", name], line);
    }
    const many = offered("merge my", { names: ["my film.mp4", "my notes.txt", "mine"] });
    assertEquals(many, ["my\\ film.mp4", "my\\ notes.txt"]);
  },
});

Deno.test({
  name: "complete line: an open quote is kept where the word has none like it",
  permissions: "none",
  fn() {
    const names = ["my film.mp4", `the "best".mp4`, "it's.mp4", "a\\b.mp4"];
    const lines: readonly [string, string, string][] = [
      [`merge "my`, `"my film.mp4" `, "my film.mp4"],
      [`merge "my f`, `"my film.mp4" `, "my film.mp4"],
      [`merge "my film.mp4"`, `"my film.mp4" `, "my film.mp4"],
      [`merge 'my f`, `'my film.mp4' `, "my film.mp4"],
      [`merge "it's`, `"it's.mp4" `, "it's.mp4"],
      [`merge 'it`, "it\\'s.mp4 ", "it's.mp4"],
      [`merge 'the "b`, `'the "best".mp4' `, `the "best".mp4`],
      [`merge "the`, `the\\ \\"best\\".mp4 `, `the "best".mp4`],
      [`merge "a\\b`, `"a\\b.mp4" `, "a\\b.mp4"],
    ];
    for (const [line, word, name] of lines) {
      assertEquals(offered(line, { names }), [word], line);
      assertEquals(splitWords(completed(line, { names })), ["merge", name], line);
    }
    const both = offered(`merge "my `, { names: ["my film.mp4", "my notes.txt", "mine"] });
    assertEquals(both, [`"my film.mp4"`, `"my notes.txt"`]);
    const chunk = completed(`fetch 192.0.2.7 9021 "my film.mp4.part2`, { names });
    assertEquals(splitWords(chunk).at(-1), "my film.mp4.part2");
    assertEquals(completed(`merge "n`, {}), `merge "notes.txt" `);
    assertEquals(completed(`"pi`, {}), `"ping" `);
  },
});

Deno.test({
  name: "complete line: a name is completed to itself wherever it is left off",
  permissions: "none",
  fn() {
    const names = ["a film.mp4", `it's "my"\\ 'film'`, `\\`, `"`, " ", `a"b'c\\d e`, "\u{1f3ac} x"];
    for (const name of names) {
      const forms = [quoteWord(name), `"${name}`, `'${name}`].filter((form) =>
        splitUnfinished(`merge ${form}`).typed === name
      );
      for (const form of forms) {
        const line = `merge ${form}`;
        for (let end = "merge ".length; end <= line.length; end++) {
          const words = splitWords(completed(line.slice(0, end), { names: [name] }));
          assertEquals(words, ["merge", name], line.slice(0, end));
        }
      }
    }
  },
});

Deno.test({
  name: "complete line: behind a word in quotes it goes on as behind any other",
  permissions: "none",
  fn() {
    assertEquals(offered(`ping "192.0.2.7" `), ["9021", "9022"]);
    assertEquals(offered(`ping '192.0.2.7' 9022`), ["9022 "]);
    assertEquals(offered(`"ping" 2`), ["2001:db8::7 "]);
    assertEquals(offered(`fetch "192.0.2.7" "9021" 'mv2.mp4.part1`), [`'mv2.mp4.part1' `]);
    assertEquals(offered(`fetch "192.0.2.7" 9021 mv2`), ["mv2.mp4.part1", "mv2.mp4.part2"]);
    assertEquals(offered("ping 192\\.0.2.7 "), ["9021", "9022"]);
  },
});

Deno.test({
  name: "complete line: nothing is offered where nothing can stand",
  permissions: "none",
  fn() {
    const lines = ["dance ", "dance m", "see ", "merge mv1.mp4 ", "merge mv1.mp4 m", "help ping p"];
    for (const line of [...lines, `merge it's m`, `merge "mv1.mp4" `, `"merge" x "mv`]) {
      assertEquals(offered(line), [], line);
    }
    assertEquals(completeLine("dance m", VOCABULARY), [[], "m"]);
  },
});

Deno.test({
  name: "complete line: of very many words only as many are offered as fit on a screen",
  permissions: "none",
  fn() {
    const names = Array.from({ length: 5_000 }, (_, at) => `film${at}.mp4`);
    for (const count of [199, 200, 201, 5_000]) {
      const some = names.slice(0, count);
      assertEquals(offered("merge ", { names: some }), some.slice(0, 200));
    }
    assertEquals(
      offered("merge film4999", { names }),
      ["film4999.mp4 "],
      "those that do not begin so do not count",
    );
  },
});

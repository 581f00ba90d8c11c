import { assert, assertEquals } from "@std/assert";
import { completeLine, type Vocabulary } from "../../../lib/cli/shell/complete_line.ts";
import type { OperandKind, ShellCommand } from "../../../lib/cli/shell/shell_command.ts";
import { splitWords } from "../../../lib/cli/shell/split_words.ts";

function command(name: string, ...forms: readonly (readonly OperandKind[])[]): ShellCommand {
  return { name, forms, summary: "", details: [], run() {} };
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
  name: "complete line: a name that needs quotes gets them, and reads as what it is then",
  permissions: "none",
  fn() {
    const names = ["my film.mp4", `the "best".mp4`, "it's.mp4"];
    const lines: readonly [string, string][] = [
      ["merge my", "my film.mp4"],
      [`merge "my`, "my film.mp4"],
      [`merge "my f`, "my film.mp4"],
      [`merge 'my f`, "my film.mp4"],
      ["merge the", `the "best".mp4`],
      [`merge "the`, `the "best".mp4`],
      [`merge 'the "b`, `the "best".mp4`],
      ["merge it", "it's.mp4"],
      [`merge "it's`, "it's.mp4"],
    ];
    for (const [line, name] of lines) {
      const result = completed(line, { names });
      assertEquals(splitWords(result), ["merge", name], line);
      assert(result.endsWith(" "), result);
    }
    const both = offered(`merge "my `, { names: ["my film.mp4", "my notes.txt", "mine"] });
    assertEquals(both, [`"my film.mp4"`, `"my notes.txt"`]);
    const chunk = completed(`fetch 192.0.2.7 9021 "my film.mp4.part2`, { names });
    assertEquals(splitWords(chunk).at(-1), "my film.mp4.part2");
    assertEquals(completed(`merge "n`, {}), "merge notes.txt ", "it needs none after all");
  },
});

Deno.test({
  name: "complete line: nothing is offered where nothing can stand",
  permissions: "none",
  fn() {
    const lines = ["dance ", "dance m", "see ", "merge mv1.mp4 ", "merge mv1.mp4 m", "help ping p"];
    for (const line of [...lines, `merge it's m`, `"merge" x "mv`]) {
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
    assertEquals(offered("merge ", { names }), names.slice(0, 200));
    assertEquals(
      offered("merge film4999", { names }),
      ["film4999.mp4 "],
      "those that do not begin so do not count",
    );
  },
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Arguments } from "../../lib/cli/arguments.ts";
import { COMMANDS } from "../../lib/cli/command_table.ts";
import { COMMON_FLAGS, type Flag } from "../../lib/cli/flags.ts";
import { formatCommandHelp, formatHelp } from "../../lib/cli/help.ts";

/** The widest line that fits everywhere. */
const WIDTH = 80;

/** The words of an example, where quotes hold words together. */
function wordsOf(example: string): string[] {
  return [...example.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

/** A text without its line breaks and columns. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

function flagsOf(command: { readonly flags: readonly Flag[] }): Flag[] {
  return [...COMMON_FLAGS, ...command.flags];
}

Deno.test({
  name: "help: the overview names every command with what it does",
  permissions: "none",
  fn() {
    const lines = formatHelp(COMMANDS).split("\n");
    for (const { name, summary } of COMMANDS) {
      assert(lines.some((line) => line.startsWith(`  ${name} `)), name);
      assertStringIncludes(oneLine(lines.join("\n")), summary);
    }
    for (const line of lines) assert(line.length <= WIDTH, line);
  },
});

Deno.test({
  name: "help: there is every command that was promised, once",
  permissions: "none",
  fn() {
    const promised = [
      ...["tracker", "share", "seed", "get", "chunk", "merge", "create", "info", "verify"],
      ...["list", "peers", "demo"],
    ];
    const names = COMMANDS.map(({ name }) => name);
    for (const name of promised) assert(names.includes(name), name);
    assertEquals(new Set(names).size, names.length);
  },
});

for (const command of COMMANDS) {
  Deno.test({
    name: `help: that of ${command.name} names its operands, every flag, and examples that parse`,
    permissions: "none",
    fn() {
      const help = formatCommandHelp(command);
      const lines = help.split("\n");
      assertStringIncludes(help, `Usage: sluice ${command.name}${command.operands && " "}`);
      assertStringIncludes(help, command.operands);
      const flags = flagsOf(command);
      for (const flag of flags) {
        const short = flag.kind === "switch" && flag.short ? `, -${flag.short}` : "";
        const value = flag.kind === "switch" ? "" : ` ${flag.value}`;
        const form = `--${flag.name}${short}${value}`;
        assert(lines.some((line) => line.startsWith(`  ${form} `)), `${form} is not in the help`);
        const words = [flag.summary];
        if (flag.kind !== "switch" && flag.repeatable) words.push("can be repeated");
        for (const text of words) assertStringIncludes(oneLine(help), text);
      }
      assertEquals(new Set(flags.map(({ name }) => name)).size, flags.length, "a flag twice");
      for (const line of lines) assert(line.length <= WIDTH, line);
      assert(/^[A-Z].*\.$/.test(lines[0] ?? ""), lines[0]);

      assert(command.examples.length > 0);
      for (const example of command.examples) {
        // Where the output goes, or the input comes from, is not for the command.
        const [name, ...words] = wordsOf(example.replace(/ [<>] \S+$/, ""));
        assertEquals(name, command.name);
        const { operands } = new Arguments(words, flags);
        const { min, max } = command.count;
        assert(operands.length >= min && operands.length <= max, example);
      }
    },
  });

  Deno.test(`help: ${command.name} loads and can be run`, async () => {
    assertEquals(typeof (await command.load()).run, "function");
  });
}

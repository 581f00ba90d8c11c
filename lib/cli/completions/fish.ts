import type { Command } from "../command.ts";
import type { Flag } from "../flags.ts";
import { flagsOf, OTHER_FIRST_WORDS, quote } from "./completion_words.ts";

/** The completion script for fish. */
export function fishCompletions(commands: readonly Command[]): string {
  const first = [
    ...commands.map(({ name, summary }) => [name, summary] as const),
    ...OTHER_FIRST_WORDS.filter(([word]) => !word.startsWith("--")),
  ];
  const names = commands.map(({ name }) => name).join(" ");
  return [
    "# Completes the commands and flags of sluice in fish.",
    "function __sluice_command",
    "    set -l words (commandline -opc)",
    '    test (count $words) -gt 1; and test "$words[2]" = "$argv[1]"',
    "end",
    "complete -c sluice -f",
    ...first.map(([word, summary]) =>
      `complete -c sluice -n 'test (count (commandline -opc)) -eq 1' -a ${word} -d ${
        quoteFish(summary)
      }`
    ),
    ...OTHER_FIRST_WORDS.filter(([word]) => word.startsWith("--")).map(([word, summary]) =>
      `complete -c sluice -n 'test (count (commandline -opc)) -eq 1' -l ${word.slice(2)} -d ${
        quoteFish(summary)
      }`
    ),
    `complete -c sluice -n '__sluice_command help' -a ${quote(names)}`,
    ...commands.flatMap(formatCommand),
    "",
  ].join("\n");
}

function formatCommand(command: Command): string[] {
  const condition = `complete -c sluice -n '__sluice_command ${command.name}'`;
  const { completes } = command;
  return [
    ...flagsOf(command).map((flag) => `${condition} ${formatFlag(flag)}`),
    ...(completes === "files" ? [`${condition} -F`] : []),
    ...(typeof completes === "object" ? [`${condition} -a ${quote(completes.join(" "))}`] : []),
  ];
}

function formatFlag(flag: Flag): string {
  const description = `-d ${quoteFish(flag.summary)}`;
  if (flag.kind !== "switch") {
    return `-l ${flag.name} ${flag.kind === "path" ? "-r -F" : "-x"} ${description}`;
  }
  const short = flag.short === undefined ? "" : ` -s ${flag.short}`;
  return `-l ${flag.name}${short} ${description}`;
}

/** A word that fish takes as it is: in single quotes only a quote and a backslash mean something. */
function quoteFish(text: string): string {
  return `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`;
}

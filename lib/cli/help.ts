import type { Command } from "./command.ts";
import { formatColumns } from "./columns.ts";
import { COMMON_FLAGS, type Flag } from "./flags.ts";

/** The overview of all commands. */
export function formatHelp(commands: readonly Command[]): string {
  return [
    "Sluice moves big files from one machine to many.",
    "",
    "Usage: sluice COMMAND [OPERANDS] [FLAGS]",
    "",
    "Commands:",
    ...formatColumns(commands.map(({ name, summary }) => [name, summary])),
    "",
    "sluice COMMAND --help tells more of a command.",
    "sluice --version names the version.",
  ].join("\n");
}

/** The help of one command. */
export function formatCommandHelp(command: Command): string {
  const operands = command.operands === "" ? "" : ` ${command.operands}`;
  return [
    `${command.summary[0]?.toUpperCase()}${command.summary.slice(1)}.`,
    "",
    `Usage: sluice ${command.name}${operands} [FLAGS]`,
    ...(command.flags.length > 0 ? ["", "Flags:", ...formatFlags(command.flags)] : []),
    "",
    "Common flags:",
    ...formatFlags(COMMON_FLAGS),
    "",
    "Examples:",
    ...command.examples.map((example) => `  sluice ${example}`),
  ].join("\n");
}

function formatFlags(flags: readonly Flag[]): string[] {
  return formatColumns(flags.map((flag) => [
    formatFlag(flag),
    flag.summary + (flag.kind !== "switch" && flag.repeatable ? "; can be repeated" : ""),
  ]));
}

function formatFlag(flag: Flag): string {
  if (flag.kind !== "switch") return `--${flag.name} ${flag.value}`;
  return flag.short === undefined ? `--${flag.name}` : `--${flag.name}, -${flag.short}`;
}

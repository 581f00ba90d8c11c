import type { Command } from "./command.ts";
import { COMMON_FLAGS, type Flag } from "./flags.ts";

/** Lines of help are no longer than this, so that they fit on any terminal. */
const LINE_WIDTH = 80;

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
    flag.kind === "switch" ? `--${flag.name}` : `--${flag.name} ${flag.value}`,
    flag.summary + (flag.kind !== "switch" && flag.repeatable ? "; can be repeated" : ""),
  ]));
}

/** Lays out two columns; what is too long in the second goes on in the next line. */
function formatColumns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.flatMap(([left, right]) =>
    wrapWords(right, LINE_WIDTH - width - 4).map((text, line) =>
      `  ${(line === 0 ? left : "").padEnd(width)}  ${text}`
    )
  );
}

function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

import { UsageError } from "../cli_error.ts";
import { formatColumns, LINE_WIDTH, wrapWords } from "../columns.ts";
import { printable } from "../printable.ts";
import { CHUNK_COMMANDS } from "./chunk_commands.ts";
import { CLIENT_COMMANDS } from "./client_commands.ts";
import { SEE_COMMANDS } from "./see_commands.ts";
import { SERVER_COMMANDS } from "./server_commands.ts";
import { type ShellCommand, type Task, usageOf } from "./shell_command.ts";

/** The command that ends the shell. */
export const QUIT = "quit_torrent";

/** Every command of the shell, in the order in which the help lists them. */
export const SHELL_COMMANDS: readonly ShellCommand[] = [
  ...SERVER_COMMANDS,
  ...CLIENT_COMMANDS,
  ...CHUNK_COMMANDS,
  ...SEE_COMMANDS,
  {
    name: "help",
    forms: [[], ["COMMAND"]],
    summary: "list the commands, or tell more of one",
    details: "",
    run: help,
  },
  {
    name: QUIT,
    forms: [[]],
    summary: "have the server forget this client, close all connections, and end",
    details: "So does Ctrl-D.",
    // The shell ends when it reads it.
    run: () => {},
  },
];

/**
 * Finds a command.
 *
 * @throws {UsageError} if there is none of that name
 */
export function findShellCommand(name: string): ShellCommand {
  const command = SHELL_COMMANDS.find((command) => command.name === name);
  if (command !== undefined) return command;
  const shown = printable(name, 64);
  throw new UsageError(`Cannot run "${shown}": there is no such command; help lists them`);
}

function help({ operands: [name], say }: Task): void {
  const text = name === undefined ? listAll() : describe(findShellCommand(name));
  say({ type: "help", text }, text);
}

function listAll(): string {
  const rows = SHELL_COMMANDS.flatMap((command) =>
    usageOf(command).map((usage, line) => [usage, line === 0 ? command.summary : ""] as const)
  );
  return formatColumns(rows).map((line) => line.trimEnd()).join("\n");
}

function describe(command: ShellCommand): string {
  const [first = "", ...others] = usageOf(command);
  const summary = `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`;
  const lines = [
    `Usage: ${first}`,
    ...others.map((usage) => `       ${usage}`),
    ...wrapWords(summary, LINE_WIDTH),
    ...wrapWords(command.details, LINE_WIDTH),
  ];
  return lines.filter((line) => line !== "").join("\n");
}

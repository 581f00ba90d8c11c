import type { AddressLists } from "./address_lists.ts";
import { Arguments } from "./arguments.ts";
import { UsageError } from "./cli_error.ts";
import { COMMANDS } from "./command_table.ts";
import type { Command } from "./command.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { COMMON_FLAGS } from "./flags.ts";
import { formatCommandHelp, formatHelp } from "./help.ts";
import { watchInterrupts } from "./interrupt.ts";
import { Output } from "./output.ts";
import { type Build, describeVersion } from "./version.ts";

/**
 * Runs the command that the words of a command line name and gives the exit status. Every error
 * becomes one line and the status that belongs to it. Whoever compiles the program may say what it
 * was built from.
 */
export async function runCommandLine(
  words: readonly string[],
  build: Build = {},
): Promise<ExitCode> {
  const [name, ...rest] = words;
  // Until the words are understood, what is sure of them is how to answer.
  const isJson = words.includes("--json");
  let output = new Output(new Arguments(isJson ? ["--json"] : [], COMMON_FLAGS));
  if (name === undefined || ["help", "--help", "-h"].includes(name)) {
    const command = COMMANDS.find((command) => command.name === rest[0]);
    const text = command === undefined ? formatHelp(COMMANDS) : formatCommandHelp(command);
    output.result({ type: "help", text }, text);
    return EXIT.done;
  }
  if (name === "--version" || name === "-V" || name === "version") {
    const { report, text } = await describeVersion(build);
    output.result(report, text);
    return EXIT.done;
  }
  try {
    const command = findCommand(name);
    const args = new Arguments(rest, [...COMMON_FLAGS, ...command.flags]);
    output = new Output(args);
    if (args.has("help")) {
      const text = formatCommandHelp(command);
      output.result({ type: "help", text }, text);
      return EXIT.done;
    }
    checkOperands(command, args.operands);
    const { run } = await command.load();
    using interrupts = watchInterrupts();
    using lists = await addressListsOf(args, output);
    return await run({ args, output, interrupted: interrupts.signal, ...lists });
  } catch (error) {
    // It knows the errors of all parts of the program, which a start that succeeds need not load.
    const { describeError, exitCodeOf } = await import("./describe_error.ts");
    const code = exitCodeOf(error);
    const message = describeError(error);
    output.error({ type: "error", code, message }, `sluice: ${message}`);
    if (output.loudness === "verbose" && error instanceof Error) {
      output.error({ type: "stack", stack: error.stack }, error.stack ?? "");
    }
    return code;
  } finally {
    output.endLive();
  }
}

/** The lists of addresses of a command line; what reads them is loaded only if there are any. */
async function addressListsOf(args: Arguments, output: Output): Promise<AddressLists> {
  if (args.text("blocklist") === undefined && args.text("allowlist") === undefined) {
    return { [Symbol.dispose]() {} };
  }
  return await (await import("./address_lists.ts")).openAddressLists(args, output);
}

function findCommand(name: string): Command {
  const command = COMMANDS.find((command) => command.name === name);
  if (command !== undefined) return command;
  const names = COMMANDS.map((command) => command.name).join(", ");
  throw new UsageError(`Cannot run "${name}": there is no such command; there are ${names}`);
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const { min, max } = command.count;
  if (operands.length >= min && operands.length <= max) return;
  const problem = operands.length < min ? "something is missing" : `"${operands[max]}" is too much`;
  throw new UsageError(
    `Cannot run ${command.name}: ${problem}; usage: sluice ${command.name} ${command.operands}`,
  );
}

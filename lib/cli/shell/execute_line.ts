import { UsageError } from "../cli_error.ts";
import { describeError, exitCodeOf } from "../describe_error.ts";
import type { Report } from "../output.ts";
import { usageOf } from "./shell_command.ts";
import type { ShellClient } from "./shell_client.ts";
import { findShellCommand, QUIT } from "./shell_table.ts";
import { splitWords } from "./split_words.ts";

/** What {@linkcode executeLine} works with. */
export interface ExecuteOptions {
  /** The client that the shell is. */
  readonly client: ShellClient;
  /** Ends the command early. */
  readonly signal: AbortSignal;
  /** Says something to the user. */
  readonly say: (report: Report, text: string) => void;
  /** Says why a command failed. */
  readonly fail: (report: Report, text: string) => void;
}

/** Carries out a line of the shell. Whatever goes wrong becomes one line. */
export async function executeLine(
  line: string,
  { client, signal, say, fail }: ExecuteOptions,
): Promise<"done" | "failed" | "quit"> {
  try {
    // A comment is for whoever reads a script.
    const [name, ...operands] = line.trimStart().startsWith("#") ? [] : splitWords(line);
    if (name === undefined) return "done";
    const command = findShellCommand(name);
    if (!command.forms.some((form) => form.length === operands.length)) {
      throw new UsageError(`Usage: ${usageOf(command).join(", or ")}`);
    }
    if (command.name === QUIT) return "quit";
    await command.run({ client, operands, signal, say });
    return "done";
  } catch (error) {
    const message = describeError(error);
    fail({ type: "error", code: exitCodeOf(error), message }, message);
    return "failed";
  }
}

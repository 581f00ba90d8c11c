import { UsageError } from "../cli_error.ts";
import type { Context } from "../command.ts";
import { COMMANDS, COMPLETED_SHELLS } from "../command_table.ts";
import { bashCompletions } from "../completions/bash.ts";
import { fishCompletions } from "../completions/fish.ts";
import { zshCompletions } from "../completions/zsh.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { printable } from "../printable.ts";

const GENERATORS = { bash: bashCompletions, zsh: zshCompletions, fish: fishCompletions };

/** Prints the completion script for a shell. */
export function run({ args, output }: Context): Promise<ExitCode> {
  const [name = ""] = args.operands;
  const shell = COMPLETED_SHELLS.find((shell) => shell === name);
  if (shell === undefined) {
    throw new UsageError(
      `Cannot complete in ${printable(name)}: the shell must be ${COMPLETED_SHELLS.join(", ")}`,
    );
  }
  const script = GENERATORS[shell](COMMANDS);
  output.result({ type: "completions", shell, script }, script.trimEnd());
  return Promise.resolve(EXIT.done);
}

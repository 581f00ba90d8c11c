import { EXIT, type ExitCode } from "./exit_code.ts";

/** A command cannot go on: the message says why and what helps, the code is the exit status. */
export class CliError extends Error {
  override name = "CliError";

  /** Makes an error that ends the program with this status. */
  constructor(readonly exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The command line is not as it should be. */
export class UsageError extends CliError {
  override name = "UsageError";

  /** Makes an error that ends the program with the status for wrong usage. */
  constructor(message: string, options?: ErrorOptions) {
    super(EXIT.usage, message, options);
  }
}

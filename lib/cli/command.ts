import type { AddressFilter } from "../net/mod.ts";
import type { Arguments } from "./arguments.ts";
import type { ExitCode } from "./exit_code.ts";
import type { Flag } from "./flags.ts";
import type { Output } from "./output.ts";

/** What a command works with. */
export interface Context {
  /** What was given on the command line. */
  readonly args: Arguments;
  /** Where results, progress and notes go. */
  readonly output: Output;
  /** Aborted by the first Ctrl-C and by SIGTERM. */
  readonly interrupted: AbortSignal;
  /** Whose address is let in; absent if the command line names no lists. */
  readonly addresses?: AddressFilter;
}

/** Carries out a command and gives the exit status. */
export type Run = (context: Context) => Promise<ExitCode>;

/** One command, as it is found, parsed and helped with. */
export interface Command {
  /** The word by which it is called. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** How the help names its operands: `WHAT...`. */
  readonly operands: string;
  /** What a shell may complete an operand to: files, or these words; nothing if absent. */
  readonly completes?: "files" | readonly string[];
  /** The number of operands that it takes. */
  readonly count: { readonly min: number; readonly max: number };
  /** Its flags besides the common ones. */
  readonly flags: readonly Flag[];
  /** Command lines to learn from. */
  readonly examples: readonly string[];
  /** Loads its code, which is not needed for any other command. */
  readonly load: () => Promise<{ readonly run: Run }>;
}

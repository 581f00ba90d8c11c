import type { Report } from "../output.ts";
import type { ShellClient } from "./shell_client.ts";

/** What an operand of a shell command is; each kind is completed in its own way. */
export type OperandKind = "IP" | "PORT" | "CHUNK" | "NAME" | "COMMAND";

/** What a command of the shell works with. */
export interface Task {
  /** The client that the shell is. */
  readonly client: ShellClient;
  /** The words behind the command; as many as one of its forms has. */
  readonly operands: readonly string[];
  /** Aborted when the user does not want to wait any more. */
  readonly signal: AbortSignal;
  /** Says something to the user. */
  readonly say: (report: Report, text: string) => void;
}

/** One command of the shell, as it is found, completed and helped with. */
export interface ShellCommand {
  /** The word by which it is called. */
  readonly name: string;
  /** The operands that it takes, in each way in which it can be called. */
  readonly forms: readonly (readonly OperandKind[])[];
  /** What it does, in one line. */
  readonly summary: string;
  /** What else there is to know, in sentences. */
  readonly details: string;
  /** Carries it out. Every error ends it with one line, and the shell goes on. */
  readonly run: (task: Task) => Promise<void> | void;
}

/** How a command is called, one line for each way. */
export function usageOf({ name, forms }: Pick<ShellCommand, "name" | "forms">): string[] {
  return forms.map((form) => [name, ...form].join(" "));
}

import { DEFAULT_LIMITS, LastingState, StateError, type TrackerServer } from "../tracker/mod.ts";
import { CliError } from "./cli_error.ts";
import type { Context } from "./command.ts";
import { EXIT } from "./exit_code.ts";
import type { Output } from "./output.ts";
import { printable } from "./printable.ts";

/**
 * Opens the state that a command line names, if it names one.
 *
 * @throws {CliError} if it cannot be used
 */
export async function openState(
  { args, interrupted }: Pick<Context, "args" | "interrupted">,
): Promise<LastingState | undefined> {
  const path = args.text("state");
  if (path === undefined) return undefined;
  try {
    return await LastingState.open({ path, limits: DEFAULT_LIMITS, signal: interrupted });
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    const code = error.fault === "full" ? EXIT.diskFull : EXIT.error;
    throw new CliError(code, error.message, { cause: error });
  }
}

/** Tells what a tracker knows from its state, and what of it was left out. */
export function tellOfState(
  { file: { path }, leftOut }: LastingState,
  { registry }: TrackerServer,
  output: Output,
): void {
  const torrents = registry.swarms.size;
  output.note({ type: "state", path, torrents }, `${torrents} torrents are known from ${path}`);
  if (leftOut === undefined) return;
  const { count } = leftOut;
  const reason = printable(leftOut.reason);
  output.error(
    { type: "state-left-out", path, torrents: count, reason },
    `${count} torrents of ${path} are left out and stay in it, the first because: ${reason}`,
  );
}

import { type TrackerClient, TrackerUnreachableError } from "../tracker/mod.ts";
import { CliError } from "./cli_error.ts";
import { chooseOwnTracker, openAsker } from "./cli_trackers.ts";
import type { Context } from "./command.ts";
import { EXIT } from "./exit_code.ts";
import { unlessAborted } from "./interrupt.ts";

/** Entries asked for at a time. */
const PAGE_ENTRIES = 500;

/**
 * Asks the first tracker of the command line something.
 *
 * @throws {CliError} if it cannot be reached
 */
export async function askTracker<T>(
  { args, interrupted }: Context,
  ask: (client: TrackerClient) => Promise<T>,
): Promise<T> {
  await using client = openAsker(chooseOwnTracker(args), args);
  try {
    return await unlessAborted(interrupted, ask(client));
  } catch (cause) {
    if (!(cause instanceof TrackerUnreachableError)) throw cause;
    throw new CliError(
      EXIT.timeout,
      `${cause.message}; start one with "sluice tracker", or name another with --tracker`,
      { cause },
    );
  }
}

/** Entries of a list that are taken from a tracker at most. */
const MAX_ENTRIES = 200_000;

/** Fetches a list that comes in pages until it is whole. */
export async function collectPages<T>(
  fetchPage: (range: { offset: number; limit: number }) => Promise<{
    readonly total: number;
    readonly entries: readonly T[];
  }>,
): Promise<T[]> {
  const all: T[] = [];
  while (true) {
    const { total, entries } = await fetchPage({ offset: all.length, limit: PAGE_ENTRIES });
    all.push(...entries);
    if (entries.length === 0 || all.length >= Math.min(total, MAX_ENTRIES)) return all;
  }
}

import { FrameTooLongError } from "../framing/mod.ts";
import {
  type Clock,
  DeadlineError,
  formatAddress,
  sleep,
  systemClock,
  TlsError,
  withDeadline,
} from "../net/mod.ts";
import {
  type TrackerClient,
  TrackerRefusedError,
  TrackerUnreachableError,
} from "../tracker/client/mod.ts";
import { CliError } from "./cli_error.ts";
import { chooseOwnTracker, type ChosenTracker, openAsker } from "./cli_trackers.ts";
import type { Context } from "./command.ts";
import { EXIT } from "./exit_code.ts";
import { unlessAborted } from "./interrupt.ts";
import { browseTrackers } from "./local_trackers.ts";
import { isUsable, LOOK_AROUND_MS, reportDeafness, reportFound } from "./neighbourhood.ts";
import { FOUND_TIMEOUT_MS, MAX_ASKED_TRACKERS, MAX_LISTED_ENTRIES } from "./limits.ts";

/** Entries asked for at a time. */
const PAGE_ENTRIES = 500;

/**
 * Asks the first tracker of the command line something; if none is named and none is on this machine,
 * one that tells of itself on the network.
 *
 * @throws {CliError} if there is none that can be reached
 */
export async function askTracker<T>(
  context: Context,
  ask: (client: TrackerClient, tracker: ChosenTracker) => Promise<T>,
): Promise<T> {
  const { args, interrupted } = context;
  const tracker = chooseOwnTracker(args);
  try {
    return await askAt(tracker, context, ask);
  } catch (cause) {
    if (!(cause instanceof TrackerUnreachableError)) throw cause;
    const found = tracker.origin === "default" ? await askAround(context, ask) : undefined;
    if (found !== undefined) return found.answer;
    interrupted.throwIfAborted();
    // One that answers by another protocol says itself what helps.
    const isThere = cause.cause instanceof TlsError || cause.cause instanceof FrameTooLongError;
    const help = isThere ? "" : '; start one with "sluice tracker", or name another with --tracker';
    throw new CliError(
      EXIT.timeout,
      `${cause.message}${help}`,
      { cause },
    );
  }
}

async function askAt<T>(
  tracker: ChosenTracker,
  context: Context,
  ask: (client: TrackerClient, tracker: ChosenTracker) => Promise<T>,
): Promise<T> {
  await using client = openAsker(tracker, context);
  return await unlessAborted(context.interrupted, ask(client, tracker));
}

/**
 * Asks the first tracker that tells of itself and answers; `undefined` if there is none. How they are
 * found, and the clock that limits their answers, are arguments for tests.
 *
 * @throws {TrackerRefusedError} if those that answered refuse
 */
export async function askAround<T>(
  context: Context,
  ask: (client: TrackerClient, tracker: ChosenTracker) => Promise<T>,
  { browse, clock }: { readonly browse: typeof browseTrackers; readonly clock: Clock } = {
    ...{ browse: browseTrackers, clock: systemClock },
  },
): Promise<{ readonly answer: T } | undefined> {
  const { args, output, interrupted } = context;
  if (args.has("no-discovery")) return undefined;
  const over = new AbortController();
  const signal = AbortSignal.any([interrupted, over.signal]);
  const looking = sleep(systemClock, LOOK_AROUND_MS, signal).then(() => over.abort());
  const trackers = browse({ host: "0.0.0.0", signal });
  const met = new Set<string>();
  let refusal: TrackerRefusedError | undefined;
  try {
    while (true) {
      const next = await trackers.next().catch((error) => reportDeafness(error, output));
      if (next === undefined || next.done || met.size >= MAX_ASKED_TRACKERS) {
        if (refusal !== undefined) throw refusal;
        return undefined;
      }
      const where = formatAddress(next.value.address);
      if (met.has(where) || !isUsable(next.value, output)) continue;
      met.add(where);
      try {
        const answer = await withDeadline(
          () => askAt({ ...next.value, origin: "found" }, context, ask),
          { clock, ms: FOUND_TIMEOUT_MS, message: `${where} does not answer` },
        );
        reportFound(next.value, output);
        return { answer };
      } catch (error) {
        // Another one may be there, or may know what this one does not.
        if (error instanceof TrackerRefusedError) refusal = error;
        else if (!(error instanceof TrackerUnreachableError || error instanceof DeadlineError)) {
          throw error;
        }
      }
    }
  } finally {
    over.abort();
    await trackers.return(undefined);
    await looking;
  }
}

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
    if (entries.length === 0 || all.length >= Math.min(total, MAX_LISTED_ENTRIES)) return all;
  }
}

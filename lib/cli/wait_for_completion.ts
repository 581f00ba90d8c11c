import { type Clock, setRepeating, systemClock } from "../net/mod.ts";
import type { Torrent } from "../peer/mod.ts";
import { CliError } from "./cli_error.ts";
import { exitCodeOf } from "./describe_error.ts";
import { EXIT } from "./exit_code.ts";
import { printable } from "./printable.ts";
import { formatDuration } from "./units.ts";

/** The time between two looks, in milliseconds. */
const LOOK_MS = 250;

/** What ends the wait for a download early. */
export interface WaitOptions {
  /** The time in which something must arrive, in milliseconds, as it is now; 0 is for ever. */
  readonly timeoutMs: number | (() => number);
  /** Ends the wait at once. */
  readonly interrupted: AbortSignal;
  /** Measures the time; the machine's by default. */
  readonly clock?: Clock;
}

/**
 * Waits until a torrent is whole and gives its path; `undefined` if it is interrupted before.
 *
 * @throws {CliError} if nothing has arrived for too long
 * @throws {StorageError} if it cannot be written
 */
export async function waitForCompletion(
  torrent: Torrent,
  { timeoutMs, interrupted, clock = systemClock }: WaitOptions,
): Promise<string | undefined> {
  const patience = typeof timeoutMs === "number" ? () => timeoutMs : timeoutMs;
  const early = Promise.withResolvers<undefined>();
  const interrupt = (): void => early.resolve(undefined);
  if (interrupted.aborted) interrupt();
  interrupted.addEventListener("abort", interrupt, { once: true });
  let seen = 0;
  let seenMs = clock.now();
  using _looks = setRepeating(clock, () => {
    const { downloaded, held, wantedCount, obstacle, motion } = torrent.status;
    // What is all here is on its way into its place, which may take long where it is copied.
    const isPlaced = held.count === wantedCount && obstacle === undefined;
    // Who has paused it decides when it goes on.
    if (downloaded > seen || isPlaced || motion === "suspended") seenMs = clock.now();
    seen = downloaded;
    const limitMs = patience();
    if (limitMs > 0 && clock.now() - seenMs >= limitMs) early.reject(stalled(limitMs));
  }, LOOK_MS);
  function stalled(limitMs: number): CliError {
    const { name, peers, knownPeers, obstacle } = torrent.status;
    const state = obstacle === undefined
      ? describeStandstill(peers.length, knownPeers)
      : `${obstacle.path} could not be written (${obstacle.problem})`;
    return new CliError(
      obstacle === undefined ? EXIT.timeout : exitCodeOf(obstacle.error),
      `Cannot complete ${printable(name)}: ${state} for ${formatDuration(limitMs / 1000)}; ` +
        "what is there is kept, the same command goes on with it",
    );
  }
  try {
    return await Promise.race([torrent.completed, early.promise]);
  } finally {
    interrupted.removeEventListener("abort", interrupt);
  }
}

function describeStandstill(connected: number, known: number): string {
  if (connected === 1) return "the only connected peer sent nothing";
  if (connected > 1) return `${connected} connected peers sent nothing`;
  if (known === 1) return "the only known peer cannot be reached";
  return known > 1 ? `none of ${known} known peers can be reached` : "no peers are known";
}

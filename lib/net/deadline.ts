import type { Clock } from "./clock.ts";

/** Something took longer than it may. */
export class DeadlineError extends Error {
  /** The name of the class. */
  override name = "DeadlineError";
}

/** What {@linkcode withDeadline} needs to know. */
export interface DeadlineOptions {
  /** The clock that measures. */
  readonly clock: Clock;
  /** The time that the work may take, in milliseconds. */
  readonly ms: number;
  /** The message of the error, which should name what was waited for. */
  readonly message: string;
  /** Ends the work early, with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Runs some work that gives up when its signal is aborted, and aborts it when its time is over.
 *
 * @throws {DeadlineError} if the time is over before the work is done
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  options: DeadlineOptions,
): Promise<T> {
  options.signal?.throwIfAborted();
  const controller = new AbortController();
  const forward = (): void => controller.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", forward, { once: true });
  using _timer = options.clock.setTimer(
    () => controller.abort(new DeadlineError(options.message)),
    options.ms,
  );
  try {
    return await new Promise<T>((resolve, reject) => {
      controller.signal.addEventListener("abort", () => reject(controller.signal.reason));
      work(controller.signal).then(resolve, reject);
    });
  } finally {
    options.signal?.removeEventListener("abort", forward);
  }
}

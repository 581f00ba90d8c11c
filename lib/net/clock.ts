/** The time as a part sees it, so that tests and simulations can put their own in its place. */
export interface Clock {
  /** Milliseconds since some start; never goes back, whatever is done to the wall clock. */
  now(): number;
  /** Calls `run` once after `ms` milliseconds, unless the timer is disposed of before. */
  setTimer(run: () => void, ms: number): Disposable;
}

/** The longest wait of the runtime's timers; they take a longer one for none at all. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine. A timer runs after 24 days at the latest. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(run, ms) {
    const id = setTimeout(run, Math.min(ms, LONGEST_TIMER_MS));
    return { [Symbol.dispose]: () => clearTimeout(id) };
  },
};

/** Waits on a clock; ends early, without an error, when the signal is aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = clock.setTimer(finish, ms);
    signal?.addEventListener("abort", finish, { once: true });
    function finish(): void {
      timer[Symbol.dispose]();
      signal?.removeEventListener("abort", finish);
      resolve();
    }
  });
}

/** Calls `run` again and again, `ms` milliseconds after its start and after each call. */
export function setRepeating(clock: Clock, run: () => void, ms: number): Disposable {
  let timer = clock.setTimer(tick, ms);
  function tick(): void {
    timer = clock.setTimer(tick, ms);
    run();
  }
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

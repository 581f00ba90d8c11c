import { exitAtOnce } from "./terminal.ts";

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/** Exit status of a program that was stopped by Ctrl-C before it could end by itself. */
const STOPPED_AT_ONCE = 130;

/**
 * Turns the first Ctrl-C or SIGTERM into an aborted signal, so that the command ends cleanly; the
 * second ends the program at once.
 */
export function watchInterrupts(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  function interrupt(): void {
    if (controller.signal.aborted) exitAtOnce(STOPPED_AT_ONCE);
    controller.abort();
  }
  for (const name of SIGNALS) Deno.addSignalListener(name, interrupt);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of SIGNALS) Deno.removeSignalListener(name, interrupt);
    },
  };
}

/** Waits until the signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}

/**
 * Waits for work that does not know the signal, but not after the signal is aborted.
 *
 * @throws {DOMException} if it is aborted
 */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = untilAborted(signal).then(() => signal.throwIfAborted());
  await Promise.race([work, aborted]);
  return await work;
}

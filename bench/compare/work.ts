// deno-lint-ignore-file no-console
import type { Engine } from "./engine.ts";

/** What every part of the comparison works with. */
export interface Work {
  /** A folder of the part's own, empty at first. */
  readonly folder: string;
  /** Aborts when the benchmark is to end early. */
  readonly signal: AbortSignal;
  /** The engines that are on this machine, by name; Sluice is always there. */
  readonly engines: ReadonlyMap<string, Engine>;
  /** Tells how a run went, in a line. */
  readonly say: (line: string) => void;
}

/** Carries out a run or a part; one that fails is told, has the benchmark fail in the end, and is left out. */
export async function orLeftOut<T>(
  what: string,
  { signal }: Work,
  run: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    signal.throwIfAborted();
    console.error(`\nERROR: ${what} FAILED`, error);
    Deno.exitCode = 1;
    return undefined;
  }
}

/** Aborts with the work, or after some time. */
export function within(ms: number, { signal }: Work): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]);
}

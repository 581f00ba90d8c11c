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

/** Aborts with the work, or after some time. */
export function within(ms: number, { signal }: Work): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]);
}

import type { Clock } from "./clock.ts";
import { SPARE_DESCRIPTORS, SPARING_MS } from "./limits.ts";
import type { Connection } from "./transport.ts";

/**
 * Keeps some descriptors free for the rest of the process, where those who connect would use up all:
 * without one no file can be opened, and nothing that is done can be put in its place.
 *
 * When the process was found to have too many files open, it names the connections to close, which
 * are those that came last, and lets no more in than are left, for a minute from the last time.
 */
export class SpareDescriptors {
  readonly #clock: Clock;
  #most = Infinity;
  #sinceMs = -Infinity;

  /** Makes one for a process that can open more files. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many connections there may be now. */
  get most(): number {
    return this.#clock.now() - this.#sinceMs < SPARING_MS ? this.#most : Infinity;
  }

  /**
   * Notes that a connection could not be accepted, and names those to close: up to
   * {@linkcode SPARE_DESCRIPTORS}, but that many stay, and all do if it is not for want of descriptors.
   *
   * @param connections all that are served, those that came last at the end
   */
  relieve(error: unknown, connections: readonly Connection[]): readonly Connection[] {
    if (!isDescriptors(error)) return [];
    this.#most = Math.max(SPARE_DESCRIPTORS, connections.length - SPARE_DESCRIPTORS);
    this.#sinceMs = this.#clock.now();
    return connections.slice(this.#most);
  }
}

/** Whether an error says that too many files are open (`EMFILE`, `ENFILE`), which passes by itself. */
export function isDescriptors(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EMFILE" || code === "ENFILE";
}

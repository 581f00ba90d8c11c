/**
 * Whether a tracker serves, and if not, why.
 *
 * Invariant: what drains never serves again.
 */
export class Readiness {
  readonly #draining = new AbortController();
  #shut: string | undefined = undefined;
  #state: "serving" | "leaving" = "serving";

  /** What keeps it from serving, as a sentence; nothing if it serves. */
  get obstacle(): string | undefined {
    return this.#state === "leaving" ? "The tracker is about to end" : this.#shut;
  }

  /** Aborted when conversations are to end with the answer that is being made. */
  get farewell(): AbortSignal {
    return this.#draining.signal;
  }

  /** Takes down that a door serves nobody any more, and why. */
  doorShut(door: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#shut ??= `The ${door} door is shut: ${reason}`;
  }

  /** Takes down that the tracker is to end: nobody is to be sent here any more. */
  leave(): void {
    this.#state = "leaving";
  }

  /** Has conversations end. */
  sayFarewell(): void {
    this.leave();
    this.#draining.abort();
  }
}

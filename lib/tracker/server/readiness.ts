/**
 * Whether a tracker serves, and if not, why.
 *
 * Invariant: what drains never serves again.
 */
export class Readiness {
  readonly #draining = new AbortController();
  readonly #shut = new Map<string, string>();
  #state: "serving" | "leaving" = "serving";

  /** What keeps it from serving, as a sentence; nothing if it serves. */
  get obstacle(): string | undefined {
    if (this.#state === "leaving") return "The tracker is about to end";
    const [shut] = this.#shut;
    return shut && `The ${shut[0]} door is shut: ${shut[1]}`;
  }

  /** Aborted when conversations are to end with the answer that is being made. */
  get farewell(): AbortSignal {
    return this.#draining.signal;
  }

  /** Takes down that a door serves nobody. */
  doorShut(door: string, reason: string): void {
    this.#shut.set(door, reason);
  }

  /** Takes down that a door serves. */
  doorOpened(door: string): void {
    this.#shut.delete(door);
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

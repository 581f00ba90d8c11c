/** The end of a download: it may fail or be given up, and be tried again; so may one that succeeded. */
export class Completion {
  #attempt = newAttempt();
  #state: "open" | "settled" = "open";
  #ended = new AbortController();

  /** The path of the data when it is whole; rejects when this attempt fails. */
  get promise(): Promise<string> {
    return this.#attempt.promise;
  }

  /** Aborted when the attempt is given up. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Notes that the data is whole. */
  succeed(path: string): void {
    this.#state = "settled";
    this.#attempt.resolve(path);
  }

  /** Notes why it cannot be completed. */
  fail(error: unknown): void {
    this.#state = "settled";
    this.#attempt.reject(error);
  }

  /** Ends what is being done to complete it. */
  giveUp(): void {
    this.#ended.abort();
    this.#ended = new AbortController();
  }

  /** Begins another attempt if the last one has ended; those who wait should ask for it anew. */
  retry(): void {
    if (this.#state === "open") return;
    this.#state = "open";
    this.#attempt = newAttempt();
  }
}

function newAttempt(): PromiseWithResolvers<string> {
  const attempt = Promise.withResolvers<string>();
  // It may fail before anybody asks.
  attempt.promise.catch(() => undefined);
  return attempt;
}

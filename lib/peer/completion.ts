/** The end of a download: it comes once, but may fail and be tried again before. */
export class Completion {
  #attempt = newAttempt();
  #state: "open" | "failed" = "open";

  /** The path of the data when it is whole; rejects when this attempt fails. */
  get promise(): Promise<string> {
    return this.#attempt.promise;
  }

  /** Notes that the data is whole. */
  succeed(path: string): void {
    this.#attempt.resolve(path);
  }

  /** Notes why it cannot be completed. */
  fail(error: unknown): void {
    this.#state = "failed";
    this.#attempt.reject(error);
  }

  /** Begins another attempt if the last one has failed; those who wait should ask for it anew. */
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

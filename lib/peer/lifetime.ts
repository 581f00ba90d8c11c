/** How long something lives, and the work that goes on in it. */
export class Lifetime {
  readonly #ended = new AbortController();
  readonly #running = new Set<Promise<void>>();

  /** Aborted when it ends. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Notes work that must not reject, and gives it back. */
  run(work: Promise<void>): Promise<void> {
    const running = work.finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  /** Ends it; the work that goes on is not waited for. */
  end(): void {
    this.#ended.abort();
  }

  /** Is done when the work is that goes on now. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }
}

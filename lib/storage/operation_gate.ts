/**
 * Lets any number of operations run side by side, and one alone when that is asked for.
 *
 * Invariant: while an exclusive operation runs no other does; after `close` none begins.
 */
export class OperationGate {
  #running = 0;
  #state: "open" | "closed" = "open";
  /** Settles when the exclusive operation that runs or waits has ended. */
  #barrier: Promise<unknown> | undefined;
  /** Called when the last operation ends that an exclusive one waits for. */
  #drained: (() => void) | undefined;
  readonly #refusal: () => Error;

  /** Makes a gate that refuses operations with the error of `refusal` once it is closed. */
  constructor(refusal: () => Error) {
    this.#refusal = refusal;
  }

  /** Runs an operation beside others. */
  async run<T>(operation: () => Promise<T>): Promise<T> {
    while (this.#barrier !== undefined) await this.#barrier;
    if (this.#state === "closed") throw this.#refusal();
    this.#running++;
    try {
      return await operation();
    } finally {
      this.#running--;
      if (this.#running === 0) this.#drained?.();
    }
  }

  /** Waits for the operations that run and then runs this one while all others wait. */
  async exclusive<T>(operation: () => Promise<T>): Promise<T> {
    while (this.#barrier !== undefined) await this.#barrier;
    if (this.#state === "closed") throw this.#refusal();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#barrier = promise;
    try {
      if (this.#running > 0) await new Promise<void>((drained) => this.#drained = drained);
      return await operation();
    } finally {
      this.#drained = undefined;
      this.#barrier = undefined;
      resolve();
    }
  }

  /** Waits for the operations that run, then runs a last one; a second call does nothing. */
  async close(last: () => Promise<void>): Promise<void> {
    while (this.#barrier !== undefined) await this.#barrier;
    if (this.#state === "closed") return;
    await this.exclusive(() => {
      this.#state = "closed";
      return last();
    });
  }
}

import { inputOf, tryInput } from "./fuzz_input.ts";
import type { FuzzTarget } from "./target.ts";

/** An error that an input has left behind: nobody caught it, and it came to light after its end. */
export interface Leftover {
  /** The input; of several the last one, where it is not known. */
  readonly number: number;
  /** The error. */
  readonly error: unknown;
  /** What is known of whose it is, if that is not sure. */
  readonly doubt?: string;
}

/** Which inputs a {@linkcode LeftBehind} tries. */
export interface LeftBehindOptions {
  readonly target: FuzzTarget;
  readonly seed: number;
  /** Is told the number of an input before it is tried again, which may never end. */
  readonly onReplay: (number: number) => void;
}

/**
 * Finds errors that nobody catches, and which input has left them behind: the runtime tells of them in a
 * later turn, when other inputs may have been tried. So those that were tried since the last look are
 * tried again, one a turn.
 */
export class LeftBehind implements Disposable {
  readonly #options: LeftBehindOptions;
  readonly #errors: unknown[] = [];
  #fromNumber = 0;

  /** Takes all errors that nobody catches from now on, until it is disposed of. */
  constructor(options: LeftBehindOptions) {
    this.#options = options;
    globalThis.addEventListener("unhandledrejection", this.#takeRejection);
    globalThis.addEventListener("error", this.#takeError);
  }

  /** Whether there are errors of which it is not known whose they are. */
  get isSuspicious(): boolean {
    return this.#errors.length > 0;
  }

  /** Lets what was left behind up to an input come to light, and finds out whose it is. */
  async look(number: number): Promise<Leftover | undefined> {
    await nextTurn();
    const fromNumber = this.#fromNumber;
    this.#fromNumber = number + 1;
    const [error] = this.#errors.splice(0);
    if (error === undefined) return undefined;
    for (let suspect = fromNumber; suspect <= number; suspect++) {
      const own = await this.#replay(suspect);
      if (own !== undefined) return { number: suspect, error: own };
    }
    const doubt = `one of the inputs ${fromNumber} to ${number} has left it behind, and not again`;
    return { number, error, doubt };
  }

  /** Takes no more errors. */
  [Symbol.dispose](): void {
    globalThis.removeEventListener("unhandledrejection", this.#takeRejection);
    globalThis.removeEventListener("error", this.#takeError);
  }

  /** The error that an input leaves behind when it is tried alone. */
  async #replay(number: number): Promise<unknown> {
    const { target, seed, onReplay } = this.#options;
    onReplay(number);
    // That it fails at once was told when it was tried first.
    await tryInput(target, inputOf(target, seed, number)).catch(() => undefined);
    await nextTurn();
    return this.#errors.splice(0)[0];
  }

  readonly #takeRejection = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    this.#errors.push(event.reason ?? new Error("nothing"));
  };

  readonly #takeError = (event: ErrorEvent): void => {
    event.preventDefault();
    this.#errors.push(event.error ?? new Error("nothing"));
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

import type { Clock } from "../../net/mod.ts";
import { MAX_LINES_A_SECOND } from "../limits.ts";

const SECOND_MS = 1_000;

/** Keeps what others do from flooding the screen, one kind of lines apart from the others. */
export class LineBudget<Kind extends string> implements Disposable {
  readonly #clock: Clock;
  readonly #onUnsaid: (kind: Kind, lines: number) => void;
  readonly #lines = new Map<Kind, number>();
  #second: Disposable | undefined = undefined;

  /** Makes a budget that tells, once a second, how many lines of a kind were too many. */
  constructor(clock: Clock, onUnsaid: (kind: Kind, lines: number) => void) {
    this.#clock = clock;
    this.#onUnsaid = onUnsaid;
  }

  /** Whether one more line may be said; it counts. */
  take(kind: Kind): boolean {
    this.#second ??= this.#clock.setTimer(() => this.#endSecond(), SECOND_MS);
    const lines = (this.#lines.get(kind) ?? 0) + 1;
    this.#lines.set(kind, lines);
    return lines <= MAX_LINES_A_SECOND;
  }

  /** Counts no more. */
  [Symbol.dispose](): void {
    this.#second?.[Symbol.dispose]();
  }

  #endSecond(): void {
    this.#second = undefined;
    const counted = [...this.#lines];
    this.#lines.clear();
    for (const [kind, lines] of counted) {
      if (lines > MAX_LINES_A_SECOND) this.#onUnsaid(kind, lines - MAX_LINES_A_SECOND);
    }
  }
}

import { REFUSAL } from "../../refused_error.ts";
import { Durations } from "./durations.ts";

/** What became of a request: `ignored` ones, which only the UDP door has, get no answer at all. */
export const OUTCOMES = ["answered", "refused", "failed", "ignored"] as const;

/** What became of a request. */
export type Outcome = typeof OUTCOMES[number];

/** Counts the requests of one door, and how long each took from being read to having its answer. */
export class DoorMeter {
  /** How long they took. */
  readonly durations: Durations = new Durations();
  readonly #counts: Record<Outcome, number> = { answered: 0, refused: 0, failed: 0, ignored: 0 };

  /** Adds a request that took so many milliseconds. */
  note(outcome: Outcome, ms: number): void {
    this.#counts[outcome]++;
    this.durations.add(ms);
  }

  /** How many requests there were by what became of them. */
  get counts(): Readonly<Record<Outcome, number>> {
    return this.#counts;
  }
}

/** What became of a request that was answered with an error of this code. */
export function outcomeOfError(code: number): Outcome {
  return code === REFUSAL.fault ? "failed" : "refused";
}

import type { Durations } from "./durations.ts";

/** Names and values of what tells the numbers of a family apart; never anything that a stranger said. */
export type Labels = Readonly<Record<string, string>>;

/** Numbers of one name, as Prometheus takes them in. */
export type Family =
  & {
    /** By the conventions of Prometheus: the unit at its end, `_total` behind what only grows. */
    readonly name: string;
    /** What is counted, in one line. */
    readonly help: string;
  }
  & (
    | {
      /** What may go up and down, or only up. */
      readonly type: "gauge" | "counter";
      readonly values: readonly (readonly [labels: Labels, value: number])[];
    }
    | {
      readonly type: "histogram";
      readonly values: readonly (readonly [labels: Labels, durations: Durations])[];
    }
  );

/** A family of one number. */
export function single(
  type: "gauge" | "counter",
  name: string,
  help: string,
  value: number,
): Family {
  return { type, name, help, values: [[{}, value]] };
}

/** A line of the table. */
export interface Row {
  /** What was measured, with its unit. */
  readonly what: string;
  /** What Sluice gave. */
  readonly sluice: string;
  /** What the rival gave, with its name, or why it gave nothing. */
  readonly rival: string;
  /** What Sluice gave to what the rival gave. */
  readonly ratio: string;
}

/** A rival's name and what it gave in a measurement; undefined if it was not there. */
export interface Rival {
  readonly name: string;
  readonly value: number | undefined;
}

/** A line that sets two numbers side by side; one that is `NaN` stands for runs that all failed. */
export function compared(what: string, ours: number, rival: Rival, digits: number): Row {
  const text = (value: number): string => isNaN(value) ? "FAILED" : value.toFixed(digits);
  const { name, value } = rival;
  if (value === undefined) {
    return { what, sluice: text(ours), rival: `${name} is left out`, ratio: "" };
  }
  const ratio = ours / value;
  return {
    ...{ what, sluice: text(ours), rival: `${text(value)} (${name})` },
    ratio: isNaN(ratio) ? "" : ratio.toFixed(2),
  };
}

/** The table in Markdown. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map(({ what, sluice, rival, ratio }) => [what, sluice, rival, ratio]);
  const head = ["what", "Sluice", "rival", "Sluice / rival"];
  return [head, head.map(() => "---"), ...cells].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** The middle of some numbers, or of the two in the middle; `NaN` of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2;
}

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

/** What runs gave that went well, and what to set them beside. */
export interface Comparison {
  /** What was measured, with its unit. */
  readonly what: string;
  /** What each of ours gave. */
  readonly ours: readonly number[];
  /** The rival, and what each of its runs gave; nothing if it was not there. */
  readonly rival: { readonly name: string; readonly values: readonly number[] | undefined };
  /** How many runs of each were to be made. */
  readonly planned: number;
  /** Digits after the point. */
  readonly digits: number;
}

/** A line that sets two medians side by side, and tells of runs that are missing. */
export function compared({ what, ours, rival, planned, digits }: Comparison): Row {
  const text = (values: readonly number[]): string => {
    if (values.length === 0) return "FAILED";
    const missing = values.length < planned ? `, ${values.length} of ${planned} runs` : "";
    return `${median(values).toFixed(digits)}${missing}`;
  };
  const { name, values } = rival;
  if (values === undefined) {
    return { what, sluice: text(ours), rival: `${name} is left out`, ratio: "" };
  }
  const ratio = median(ours) / median(values);
  return {
    ...{ what, sluice: text(ours), rival: `${text(values)} (${name})` },
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

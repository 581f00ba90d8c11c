/** A use of a metric in an expression. */
export interface MetricUse {
  readonly name: string;
  /** Labels that must be equal to something, with what. */
  readonly equal: readonly (readonly [label: string, value: string])[];
  /** All labels that are named of it. */
  readonly labels: readonly string[];
}

/** Words of the language, besides names of metrics. */
const WORDS = new Set([
  ...["sum", "min", "max", "by", "rate", "increase", "changes", "histogram_quantile", "time"],
]);

/** Labels that Prometheus adds to all that it takes in. */
const ADDED = new Set(["job", "instance"]);

/**
 * The metrics that an expression of Prometheus names, each with its labels; of `by (...)` each metric of the
 * expression must have all labels but `le`, which only the buckets of a histogram have.
 */
export function metricUses(expression: string): MetricUse[] {
  const groups = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = ""]) =>
    names.split(/,\s*/)
  );
  const bare = expression.replace(/\bby \([^)]*\)/g, "").replace(/\[[^\]]*\]/g, "");
  const uses = [];
  for (const [, name = "", matchers = ""] of bare.matchAll(/\b([a-z_]{3,})\b(?:\{([^}]*)\})?/g)) {
    if (WORDS.has(name) || !/_|^up$/.test(name)) continue;
    const found = [...matchers.matchAll(/([a-z_]+)(=~|!=|=)"([^"]*)"/g)];
    const isOwn = (label = "") => !ADDED.has(label);
    uses.push({
      name,
      equal: found.flatMap(([, label = "", operator, value = ""]) =>
        operator === "=" && isOwn(label) ? [[label, value] as const] : []
      ),
      labels: [...groups, ...found.map(([, label = ""]) => label)].filter(isOwn),
    });
  }
  return uses;
}

import type { Metric } from "prom-client";
import type { Durations } from "./durations.ts";
import type { Family, Labels } from "./family.ts";

/** Metrics as text, and what that text is. */
export interface WrittenMetrics {
  readonly contentType: string;
  readonly text: string;
}

/**
 * Writes metrics in the text format of Prometheus, version 0.0.4. The library that does it is loaded
 * when it is needed first: most programs that use a tracker are never asked.
 */
export async function writeMetrics(families: readonly Family[]): Promise<WrittenMetrics> {
  const { Registry } = await import("prom-client");
  const registry = new Registry();
  for (const family of families) registry.registerMetric(asMetric(family));
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** A number as the library takes it. */
interface Sample {
  readonly labels: Record<string, string>;
  readonly value: number;
  readonly metricName?: string;
}

/** A family as the library asks for it; what it counts by itself would cost more in each request. */
function asMetric({ name, help, ...kept }: Family): Metric {
  const values = kept.type === "histogram"
    ? kept.values.flatMap(([labels, durations]) => samplesOf(name, labels, durations))
    : kept.values.map(([labels, value]) => ({ labels: { ...labels }, value }));
  const metric = {
    ...{ name, help, type: kept.type },
    get: () => Promise.resolve({ name, help, type: kept.type, values, aggregator: "sum" }),
  };
  return metric as unknown as Metric;
}

function samplesOf(name: string, labels: Labels, durations: Durations): Sample[] {
  const classes = durations.classes();
  return [
    ...classes.map(({ boundS, count }) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: boundS === Infinity ? "+Inf" : String(boundS) },
      value: count,
    })),
    { metricName: `${name}_sum`, labels: { ...labels }, value: durations.sumS },
    { metricName: `${name}_count`, labels: { ...labels }, value: classes.at(-1)?.count ?? 0 },
  ];
}

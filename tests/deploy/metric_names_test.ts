import { assert, assertEquals } from "@std/assert";
import { serveTracker } from "../../lib/tracker/mod.ts";
import { type ReadFamily, readPrometheus, type Sample } from "../tracker/prometheus_text.ts";
import { metricUses } from "./promql.ts";

const DEPLOY = new URL("../../deploy/", import.meta.url);
const OPERATING = new URL("../../docs/operating.md", import.meta.url);

/** What a tracker tells that was asked once, so that each name is there. */
async function scrape(): Promise<ReadonlyMap<string, ReadFamily>> {
  await using tracker = serveTracker({ host: "127.0.0.1", port: 0, http: { port: 0 } });
  const url = `http://127.0.0.1:${tracker.doors[0]?.address.port}`;
  await (await fetch(`${url}/scrape?info_hash=${"x".repeat(20)}`)).body?.cancel();
  return readPrometheus(await (await fetch(`${url}/metrics`)).text());
}

function samplesOf(metrics: ReadonlyMap<string, ReadFamily>, name: string): readonly Sample[] {
  return [...metrics.values()].flatMap(({ samples }) =>
    samples.filter((sample) => sample.name === name)
  );
}

/** What is wrong with an expression and the labels that a text beside it names: nothing, if it is right. */
function problemsOf(
  metrics: ReadonlyMap<string, ReadFamily>,
  { expression, text }: Query,
): string[] {
  const uses = metricUses(expression).filter(({ name }) => name !== "up");
  const shown = [...text.matchAll(/\{\{\s*(?:\$labels\.)?([a-z_]+)\s*\}\}/g)]
    .map(([, label = ""]) => label).filter((label) => label !== "instance");
  const problems = uses.flatMap(({ name, equal, labels }) => {
    const samples = samplesOf(metrics, name);
    if (samples.length === 0) return [`there is no ${name}`];
    const missing = [...labels, ...shown].filter((label) =>
      samples.some((sample) => sample.labels[label] === undefined)
    );
    const never = equal.filter(([label, value]) =>
      !samples.some((sample) => sample.labels[label] === value)
    );
    return [
      ...missing.map((label) => `${name} has no label ${label}`),
      ...never.map(([label, value]) => `${name} never has ${label}="${value}"`),
    ];
  });
  const isUp = /\bup\b/.test(expression);
  return uses.length === 0 && !isUp ? [`no metric is in ${expression}`] : problems;
}

interface Query {
  readonly expression: string;
  /** What is shown of its numbers. */
  readonly text: string;
}

/** The rules of alerts, read as far as they are written: one key a line, folded text behind `>-`. */
async function alerts(): Promise<Query[]> {
  const text = await Deno.readTextFile(new URL("prometheus-alerts.yml", DEPLOY));
  return text.split(/^ {6}- alert: /m).slice(1).map((rule) => {
    const [, folded, plain] = /^ {8}expr: (?:>-\n((?: {10}.*\n)+)|(.*)$)/m.exec(rule) ?? [];
    return { expression: (folded ?? plain ?? "").replace(/\s+/g, " ").trim(), text: rule };
  });
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

async function dashboard(): Promise<Dashboard> {
  return JSON.parse(await Deno.readTextFile(new URL("grafana-dashboard.json", DEPLOY)));
}

Deno.test("deploy: each metric, label and value that an alert names is one that a tracker tells", async () => {
  const [metrics, queries] = await Promise.all([scrape(), alerts()]);
  assert(queries.length >= 9, `${queries.length} alerts were read`);
  for (const query of queries) assertEquals(problemsOf(metrics, query), [], query.expression);
});

Deno.test("deploy: each metric and label that the dashboard names is one that a tracker tells", async () => {
  const [metrics, { panels, templating }] = await Promise.all([scrape(), dashboard()]);
  const queries = panels.flatMap(({ targets }) =>
    targets.map(({ expr, legendFormat }) => ({ expression: expr, text: legendFormat }))
  );
  assert(queries.length >= 20, `${queries.length} queries were read`);
  for (const query of queries) assertEquals(problemsOf(metrics, query), [], query.expression);
  for (const { definition } of templating.list) {
    const [, name] = /^label_values\(([a-z_]+), (?:job|instance)\)$/.exec(definition ?? "") ?? [];
    if (definition !== undefined) assert(name !== undefined && metrics.has(name), definition);
  }
});

Deno.test("deploy: the dashboard shows every metric of the tracker, and the document names it", async () => {
  const [metrics, { panels }, text] = await Promise.all([
    scrape(),
    dashboard(),
    Deno.readTextFile(OPERATING),
  ]);
  const used = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricUses(expr)))
    .map(({ name }) => name.replace(/_bucket$/, ""));
  assertEquals([...metrics.keys()].filter((name) => !used.includes(name)), []);
  assertEquals([...metrics.keys()].filter((name) => !text.includes(`\`${name}\``)), []);
  const named = [...text.matchAll(/`((?:sluice|process)_[a-z_]+)`/g)].map(([, name = ""]) => name);
  assertEquals(named.filter((name) => !metrics.has(name)), []);
});

Deno.test("deploy: the check finds a metric, a label and a value that are not there", async () => {
  const metrics = await scrape();
  const wrong = (expression: string, text = "") => problemsOf(metrics, { expression, text });
  assertEquals(wrong("sum(rate(sluice_tracker_request_total[5m]))"), [
    "there is no sluice_tracker_request_total",
  ]);
  assertEquals(wrong("sum by (gate) (sluice_tracker_requests_total)"), [
    "sluice_tracker_requests_total has no label gate",
  ]);
  assertEquals(wrong('sluice_tracker_refusals_total{code="418"} > 0'), [
    'sluice_tracker_refusals_total never has code="418"',
  ]);
  assertEquals(wrong("sluice_tracker_swarms", "{{ kind }}"), [
    "sluice_tracker_swarms has no label kind",
  ]);
  assertEquals(wrong("1 > 0"), ["no metric is in 1 > 0"]);
  assertEquals(
    wrong('sum by (door, le) (rate(sluice_tracker_request_duration_seconds_bucket{job="x"}[5m]))'),
    [],
  );
});

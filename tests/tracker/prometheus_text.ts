/** One number of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All numbers of one name. */
export interface ReadFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
}

const SAMPLE =
  /^([a-z_]+)(?:\{((?:[a-z][a-z0-9]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[\d.]+(?:e[+-]\d+)?|\+Inf)$/;
const LABEL = /([a-z][a-z0-9]*)="((?:[^"\\\n]|\\["\\n])*)"/g;

/**
 * Reads the text format of Prometheus, version 0.0.4, as strictly as it is written here: each family whole,
 * with help and type before its numbers, names by the conventions, and no number twice.
 *
 * @throws {Error} if anything is not so
 */
export function readPrometheus(text: string): ReadonlyMap<string, ReadFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, ReadFamily>();
  for (const block of text.trimEnd().split("\n\n")) {
    const [first = "", second = "", ...rest] = block.split("\n");
    const [, name = "", help = ""] = /^# HELP ([a-z][a-z_]*[a-z]) (.+)$/.exec(first) ?? [];
    const [, typed, type] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(second) ?? [];
    if (typed !== name || type === undefined) throw new Error(`not a family: ${block}`);
    if (families.has(name)) throw new Error(`${name} is there twice`);
    if ((type === "counter") !== name.endsWith("_total")) throw new Error(`${name} is no ${type}`);
    const samples = rest.map((line) => readSample(line));
    const family = { name, help, type: type as ReadFamily["type"], samples };
    check(family);
    families.set(name, family);
  }
  return families;
}

function readSample(line: string): Sample {
  const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`not a number: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, key = "", text = ""]) => [key, text]);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}

function check({ name, type, samples }: ReadFamily): void {
  const seen = new Set<string>();
  for (const sample of samples) {
    const own = type === "histogram"
      ? /^(.*)_(?:bucket|sum|count)$/.exec(sample.name)?.[1]
      : undefined;
    if ((own ?? sample.name) !== name) throw new Error(`${sample.name} is not of ${name}`);
    const key = `${sample.name} ${JSON.stringify(sample.labels)}`;
    if (seen.has(key)) throw new Error(`${key} is there twice`);
    seen.add(key);
    if (Number.isNaN(sample.value)) throw new Error(`${key} is no number`);
  }
  if (type === "histogram") checkBuckets(name, samples);
}

function checkBuckets(name: string, samples: readonly Sample[]): void {
  for (
    const { labels: own, value: count } of samples.filter((each) => each.name === `${name}_count`)
  ) {
    const buckets = samples.filter(({ name: each, labels: { le: _le, ...labels } }) =>
      each === `${name}_bucket` && JSON.stringify(labels) === JSON.stringify(own)
    );
    const bounds = buckets.map(({ labels: { le } }) => le === "+Inf" ? Infinity : Number(le));
    const isRising = (values: number[]) =>
      values.every((value, at) => value >= (values[at - 1] ?? 0));
    if (!isRising(bounds) || bounds.at(-1) !== Infinity) throw new Error(`${name} has no bounds`);
    const values = buckets.map(({ value }) => value);
    if (!isRising(values) || values.at(-1) !== count) throw new Error(`${name} counts wrong`);
  }
}

/** The number with a name and just these labels. */
export function valueOf(
  families: ReadonlyMap<string, ReadFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ""));
  return family?.samples.find((sample) =>
    sample.name === name &&
    Object.keys({ ...labels, ...sample.labels })
      .every((key) => labels[key] === sample.labels[key])
  )?.value;
}

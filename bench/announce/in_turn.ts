// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import { type Contestant, findContestants, stop } from "./contestants.ts";
import { infoHashes } from "./udp_source.ts";

/** No run begins later, so that all are over within three minutes. */
const LAST_START_MS = 130_000;

/** The time that all peers of one run may take to announce themselves. */
const PATIENCE_MS = 30_000;

/** How much is measured. */
export interface Sizes {
  readonly peers: number;
  readonly swarms: number;
  /** How long the load lasts. */
  readonly seconds: number;
  /** How often each tracker is measured. */
  readonly runs: number;
  /** Another checkout of this project, which is measured, too. */
  readonly beside: string | undefined;
}

/** What one run of one tracker gave. */
export interface Measured {
  readonly name: string;
  /** Announces a second. */
  readonly rate: number;
  /** Microseconds of the processors' time that the tracker took for each. */
  readonly cpuUs: number;
}

/** Reads the command line. */
export function readSizes(): Sizes {
  const args = parseArgs(Deno.args, { string: ["seconds", "runs", "peers", "swarms", "beside"] });
  return {
    peers: Number(args.peers ?? 100_000),
    swarms: Number(args.swarms ?? 1_000),
    seconds: Number(args.seconds ?? 5),
    runs: Number(args.runs ?? 3),
    beside: typeof args.beside === "string" ? args.beside : undefined,
  };
}

/**
 * Measures each tracker that can be had, in turn, several times or as often as the time allows, each
 * time in a fresh process; then prints the medians. The preparations of a measurement must be over at
 * a time by `performance.now()`.
 */
export async function inTurn(
  { swarms, runs, beside }: Sizes,
  measure: (contestant: Contestant, endMs: number) => Promise<Measured>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-announce-" });
  const results = new Map<string, Measured[]>();
  try {
    const starts = await findContestants({ infoHashes: infoHashes(swarms), folder, beside });
    for (const start of Array.from({ length: runs }, () => starts).flat()) {
      if (performance.now() > LAST_START_MS) {
        console.log("The time is over: fewer runs than were asked for");
        break;
      }
      const contestant = await start();
      try {
        const result = await measure(contestant, performance.now() + PATIENCE_MS);
        results.set(result.name, [...results.get(result.name) ?? [], result]);
      } finally {
        await stop(contestant);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  printMedians(results);
}

/** Prints the medians of each tracker, and how ours compares. */
function printMedians(results: ReadonlyMap<string, readonly Measured[]>): void {
  const ours = medianOf(results.get("Sluice") ?? [], "rate");
  for (const [name, runs] of results) {
    const rate = medianOf(runs, "rate");
    const cpuUs = medianOf(runs, "cpuUs").toFixed(1);
    const ratio = name === "Sluice" ? "" : `: Sluice ${(ours / rate).toFixed(2)} times as many`;
    const medians = `${Math.round(rate)} announces/s, ${cpuUs} us CPU each`;
    console.log(`${name}, median of ${runs.length}: ${medians}${ratio}`);
  }
}

function medianOf(runs: readonly Measured[], what: "rate" | "cpuUs"): number {
  return runs.map((run) => run[what]).sort((a, b) => a - b)[Math.floor(runs.length / 2)] ?? NaN;
}

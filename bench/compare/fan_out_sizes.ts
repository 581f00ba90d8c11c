import { type FanOut, type FanOutRun, runFanOut } from "./fan_out.ts";
import { problemWithHosts } from "./hosts.ts";
import { MIB, Payload } from "./payload.ts";
import { SLUICE } from "./sluice.ts";
import { compared, type Row } from "./table.ts";
import { orLeftOut, type Work } from "./work.ts";

/** How much is measured. */
export interface FanOutSizes {
  readonly hosts: readonly number[];
  readonly mib: readonly number[];
  readonly mbit: number;
  readonly runs: number;
}

/** What the table tells of a run. */
const MEASURES: readonly { readonly name: string; readonly of: (run: FanOutRun) => number }[] = [
  { name: "last host's time to the optimum", of: (run) => run.lastToOptimum },
  { name: "files that the seeder sent", of: (run) => run.sentFiles },
];

/** Measures each engine with each number of hosts and each size, in turn; compares medians. */
export async function compareFanOuts(sizes: FanOutSizes, work: Work): Promise<Row[]> {
  const problem = await problemWithHosts(work.signal);
  if (problem !== undefined) {
    work.say(`fan-out is left out: ${problem}`);
    return [{ what: "fan-out", sluice: "left out", rival: problem, ratio: "" }];
  }
  const rows: Row[] = [];
  for (const mib of sizes.mib) {
    const payload = await Payload.write(mib, work);
    for (const leechers of sizes.hosts) {
      const fanOut = { payload, leechers, mbit: sizes.mbit };
      rows.push(...await compareEngines(fanOut, sizes.runs, work));
    }
  }
  return rows;
}

async function compareEngines(fanOut: FanOut, runs: number, work: Work): Promise<Row[]> {
  const { payload, leechers, mbit } = fanOut;
  const size = `1 to ${leechers} hosts, ${payload.bytes / MIB} MiB, ${mbit} Mbit/s`;
  const results = new Map<string, FanOutRun[]>([...work.engines.keys()].map((name) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, engine] of work.engines) {
      const what = `${size}, ${name}`;
      const result = await orLeftOut(what, work, () => runFanOut(engine, fanOut, work));
      if (result === undefined) continue;
      results.get(name)?.push(result);
      const told = MEASURES.map(({ name, of }) => `${name} ${of(result).toFixed(2)}`).join("  ");
      work.say(`${size}  ${name.padEnd(12)}  ${told}`);
    }
  }
  return ["libtorrent", "aria2"].flatMap((name) => {
    const theirs = results.get(name);
    return MEASURES.map((measure) => {
      const what = `${size}: ${measure.name}`;
      const ours = (results.get(SLUICE.name) ?? []).map(measure.of);
      const rival = { name, values: theirs?.map(measure.of) };
      return compared({ what, ours, rival, planned: runs, digits: 2 });
    });
  });
}

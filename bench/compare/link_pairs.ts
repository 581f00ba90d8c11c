import { type LinkRun, type Pair, runLink } from "./one_link.ts";
import { MIB, type Payload } from "./payload.ts";
import { compared, type Row } from "./table.ts";
import { orLeftOut, type Work } from "./work.ts";

/** Seeder and leecher by name, in the order in which they take turns. */
const PAIRS = [
  "Sluice to Sluice",
  "libtorrent to libtorrent",
  "libtorrent to Sluice",
  "Sluice to libtorrent",
  "aria2 to Sluice",
  "aria2 to aria2",
  "aria2 to libtorrent",
] as const;
type PairName = typeof PAIRS[number];

/** The pairs that the table sets side by side: one with us, and the rival. */
const COMPARISONS: readonly (readonly [ours: PairName, rival: PairName])[] = [
  ["Sluice to Sluice", "libtorrent to libtorrent"],
  ["libtorrent to Sluice", "libtorrent to libtorrent"],
  ["Sluice to libtorrent", "libtorrent to libtorrent"],
  ["aria2 to Sluice", "aria2 to libtorrent"],
  ["Sluice to Sluice", "aria2 to aria2"],
];

/** What the table tells of a run. */
const MEASURES: readonly {
  readonly unit: string;
  readonly digits: number;
  readonly of: (run: LinkRun) => number;
}[] = [
  { unit: "MB/s", digits: 0, of: (run) => run.megabytesPerSecond },
  { unit: "CPU s/GB, both", digits: 2, of: (run) => run.seederCpu + run.leecherCpu },
  { unit: "CPU s/GB, seeder", digits: 2, of: (run) => run.seederCpu },
  { unit: "CPU s/GB, leecher", digits: 2, of: (run) => run.leecherCpu },
  { unit: "leecher's peak MiB", digits: 0, of: (run) => run.leecherPeakMib },
  { unit: "seeder's peak MiB", digits: 0, of: (run) => run.seederPeakMib },
];

/** How much is measured. */
export interface LinkSizes {
  readonly pieceKib: readonly number[];
  readonly runs: number;
}

/** The runs that went well of each pair that is there, of so many that were to be made. */
interface Outcome {
  readonly results: ReadonlyMap<PairName, readonly LinkRun[]>;
  readonly planned: number;
}

/** Measures all pairs that are there, in turn, with pieces of each length; compares medians. */
export async function compareLinks(
  payload: Payload,
  { pieceKib, runs }: LinkSizes,
  work: Work,
): Promise<Row[]> {
  const rows: Row[] = [];
  const pairs = findPairs(work);
  for (const kib of pieceKib) {
    const torrent = await payload.createTorrent(kib, work);
    const results = new Map<PairName, LinkRun[]>(pairs.map(([name]) => [name, []]));
    for (const [name, pair] of Array.from({ length: runs }, () => pairs).flat()) {
      const what = `pieces ${kib} KiB, ${name}`;
      const run = await orLeftOut(what, work, () => runLink(pair, { payload, torrent }, work));
      if (run === undefined) continue;
      results.get(name)?.push(run);
      work.say(`pieces ${kib} KiB  ${name.padEnd(24)}  ${describeRun(run)}`);
    }
    const size = `${payload.bytes / MIB} MiB over one link, pieces ${kib} KiB`;
    rows.push(
      ...COMPARISONS.flatMap(([ours, rival]) =>
        compareMedians(size, ours, rival, { results, planned: runs })
      ),
    );
  }
  return rows;
}

/** The pairs of which both sides are there. */
function findPairs({ engines }: Work): (readonly [PairName, Pair])[] {
  return PAIRS.flatMap((name) => {
    const [seeder, leecher] = name.split(" to ").map((engine) => engines.get(engine));
    return seeder && leecher ? [[name, { seeder, leecher }] as const] : [];
  });
}

function compareMedians(
  size: string,
  ours: PairName,
  rival: PairName,
  { results, planned }: Outcome,
): Row[] {
  const runs = results.get(ours);
  const theirs = results.get(rival);
  if (runs === undefined) {
    return [{ what: `${size}, ${ours}`, sluice: "left out", rival: "not installed", ratio: "" }];
  }
  return MEASURES.map(({ unit, digits, of }) => {
    const what = `${size}, ${ours}: ${unit}`;
    const values = { ours: runs.map(of), rival: { name: rival, values: theirs?.map(of) } };
    return compared({ what, ...values, planned, digits });
  });
}

function describeRun(run: LinkRun): string {
  return MEASURES.map(({ unit, digits, of }) => `${unit} ${of(run).toFixed(digits)}`).join("  ");
}

/**
 * Compares Sluice with libtorrent, aria2 and mktorrent, where they are installed: whole processes
 * on this machine, in turn.
 *
 *     deno run -A bench/compare.ts [--only link,create,get,fan-out] [--quick] [--dir /dev/shm]
 *         [--mib 1024] [--piece-kib 512,1024] [--runs 3] [--create-runs 5] [--get-runs 7]
 *         [--hosts 8,16] [--fan-mib 32,96] [--mbit 50] [--fan-runs 1]
 *
 * `link` moves random data from one seeder to one leecher on loopback; `create` makes torrents of
 * such data; `get` fetches 1 MiB from a running seeder of ours; `fan-out` has one seeder and many
 * hosts, each a network namespace with a rate-limited link, which needs root. Every copy is
 * compared with the original. Prints a run a line, then one Markdown table of medians. `--quick`
 * takes small sizes, to see that all works. It needs Linux. The programs share the machine: ratios
 * count.
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import { compareCreate } from "./compare/create.ts";
import { findEngines } from "./compare/engines.ts";
import { compareFanOuts } from "./compare/fan_out_sizes.ts";
import { compareGet } from "./compare/get.ts";
import { compareLinks } from "./compare/link_pairs.ts";
import { describeMachine } from "./compare/machine.ts";
import { Payload, withNewFolder } from "./compare/payload.ts";
import { formatTable, type Row } from "./compare/table.ts";
import { orLeftOut, type Work } from "./compare/work.ts";

/** The options that are numbers, some of them lists, and what they are by default. */
const DEFAULTS = {
  ...{ mib: "1024", "piece-kib": "512,1024", runs: "3", "create-runs": "5", "get-runs": "7" },
  ...{ hosts: "8,16", "fan-mib": "32,96", mbit: "50", "fan-runs": "1" },
};
const QUICK: typeof DEFAULTS = {
  ...{ mib: "64", "piece-kib": "512", runs: "1", "create-runs": "3", "get-runs": "3" },
  ...{ hosts: "3", "fan-mib": "8", mbit: "50", "fan-runs": "1" },
};

const flags = parseArgs(Deno.args, {
  string: ["only", "dir", ...Object.keys(DEFAULTS)],
  boolean: ["quick"],
  unknown: (word) => {
    const options = Object.keys(DEFAULTS).map((name) => `--${name}`).join(", ");
    throw new Error(`There is no ${word}: there are --quick, --only, --dir, ${options}`);
  },
});

function numbers(name: keyof typeof DEFAULTS): number[] {
  const text = String(flags[name] ?? (flags.quick ? QUICK : DEFAULTS)[name]);
  const values = text.split(",").map(Number);
  if (values.every((value) => Number.isInteger(value) && value > 0)) return values;
  throw new Error(`--${name} ${text} is not whole numbers above 0, separated by commas`);
}

function number(name: keyof typeof DEFAULTS): number {
  return numbers(name)[0] ?? NaN;
}

/** What readers of peak memory must know. */
const MEMORY_NOTE = "Peak memory has pages of mapped files in it, and libtorrent maps its files.";

/** The parts in their order, each with a folder of its own. */
const PARTS: Readonly<Record<string, (work: Work) => Promise<Row[]>>> = {
  link: async (work) => {
    const payload = await Payload.write(number("mib"), work);
    return await compareLinks(
      payload,
      { pieceKib: numbers("piece-kib"), runs: number("runs") },
      work,
    );
  },
  create: async (work) =>
    await compareCreate(await Payload.write(number("mib"), work), number("create-runs"), work),
  get: async (work) => await compareGet(number("get-runs"), work),
  "fan-out": async (work) => {
    const [hosts, mib] = [numbers("hosts"), numbers("fan-mib")];
    return await compareFanOuts(
      { hosts, mib, mbit: number("mbit"), runs: number("fan-runs") },
      work,
    );
  },
};

/** The folder for data: in memory where that is possible. */
async function memoryFolder(): Promise<string | undefined> {
  const stat = await Deno.stat("/dev/shm").catch(() => undefined);
  return stat?.isDirectory ? "/dev/shm" : undefined;
}

/** Measures what is chosen; a part that fails is told loudly, and the others go on. */
async function compareParts(chosen: readonly string[], work: Work): Promise<Row[]> {
  const rows: Row[] = [];
  for (const part of chosen) {
    const measure = PARTS[part];
    if (measure === undefined) continue;
    const measured = await orLeftOut(
      part,
      work,
      () => withNewFolder(work, (folder) => measure({ ...work, folder })),
    );
    const failed = { what: part, sluice: "FAILED", rival: "see the error above", ratio: "" };
    rows.push(...measured ?? [failed]);
  }
  return rows;
}

const chosen = flags.only === undefined ? Object.keys(PARTS) : String(flags.only).split(",");
const unknown = chosen.filter((part) => PARTS[part] === undefined);
if (unknown.length > 0) {
  throw new Error(`There is no part ${unknown.join(", ")}: it is ${Object.keys(PARTS).join(", ")}`);
}
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(name, () => stop.abort(new Error(`Stopped by ${name}`)));
}
const dir = flags.dir === undefined ? await memoryFolder() : String(flags.dir);
const root = await Deno.makeTempDir({ ...dir === undefined ? {} : { dir }, prefix: "compare-" });
try {
  const engines = findEngines(console.log);
  const work = { folder: root, signal: stop.signal, engines, say: console.log };
  const rows = await compareParts(chosen, work);
  console.log(`\n${describeMachine()}\n${MEMORY_NOTE}\n\n${formatTable(rows)}`);
} catch (error) {
  if (!stop.signal.aborted) throw error;
  console.error(String(stop.signal.reason));
  Deno.exitCode = 130;
} finally {
  await Deno.remove(root, { recursive: true });
}
Deno.exit();

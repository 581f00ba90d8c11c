/**
 * Simulates one seeder and many hosts on rate-limited links, with the real peers on a network in
 * memory and a clock that goes on as soon as nobody has anything to do.
 *
 *     deno run -A bench/swarm.ts [--hosts 8,16] [--mib 32,96] [--mbit 50] [--piece-kib 256]
 *         [--stagger SECONDS] [--slow HOSTS] [--frozen HOSTS] [--leave] [--latency MS] [--networks N]
 *         [--seeds 3] [--verbose]
 *
 * Slow hosts have a tenth of the rate. Frozen ones stand still for good, each at its time between 0.87
 * and 1.04 of the optimum. Either are the first ones. Only the seeder joins the networks.
 *
 * Prints, a scenario a line, what `docs/swarm.md` compares with measurements; with `--verbose` also
 * how many pieces each host has, a second a line.
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import { median } from "./compare/table.ts";
import { simulateSwarm } from "./swarm/simulate_swarm.ts";

/** The options that are numbers, two of them lists, and what they are by default. */
const DEFAULTS = {
  ...{ hosts: "8,16", mib: "32", mbit: "50", "piece-kib": "256" },
  ...{ stagger: "0", slow: "0", frozen: "0", networks: "1", latency: "0", seeds: "1" },
};
const MIB = 1024 * 1024;

const flags = parseArgs(Deno.args, {
  string: Object.keys(DEFAULTS),
  boolean: ["leave", "verbose"],
  unknown: (word) => {
    const options = [...Object.keys(DEFAULTS), "leave", "verbose"].map((name) => `--${name}`);
    throw new Error(`There is no ${word}: there are ${options.join(", ")}`);
  },
});

function numbers(name: keyof typeof DEFAULTS): number[] {
  const text = String(flags[name] ?? DEFAULTS[name]);
  const values = text.split(",").map(Number);
  if (text !== "" && values.every((value) => value >= 0)) return values;
  throw new Error(`--${name} ${text} is not a number, or several separated by commas`);
}

function number(name: keyof typeof DEFAULTS): number {
  return numbers(name)[0] ?? NaN;
}

for (const hosts of numbers("hosts")) {
  for (const mib of numbers("mib")) {
    for (let seed = 1; seed <= number("seeds"); seed++) await simulate(hosts, mib, seed);
  }
}

/** When the host of a number freezes, in optima: evenly spread, but in no order (by the golden section). */
function freezeAt(number: number): number {
  return 0.87 + 0.17 * (number * 0.618 % 1);
}

async function simulate(hosts: number, mib: number, seed: number): Promise<void> {
  const startMs = performance.now();
  const slow = number("slow");
  const frozen = number("frozen");
  if (frozen > 0 && frozen >= hosts) {
    throw new Error(`--frozen ${frozen} leaves none of ${hosts} hosts: it must be less`);
  }
  const networks = number("networks");
  if (!Number.isInteger(networks) || networks < 1) {
    throw new Error(`--networks ${networks} is not a number of networks: it must be 1 or more`);
  }
  const optimumMs = mib * MIB * 8 / number("mbit") / 1_000;
  const outcome = await simulateSwarm({
    hosts,
    length: mib * MIB,
    pieceLength: number("piece-kib") * 1024,
    bitsPerSecond: number("mbit") * 1e6,
    startsMs: Array.from({ length: hosts }, (_, position) => position * number("stagger") * 1000),
    speeds: Array.from({ length: hosts }, (_, position) => position < slow ? 0.1 : 1),
    freezesMs: Array.from(
      { length: frozen },
      (_, position) => optimumMs * freezeAt(seed * frozen + position),
    ),
    networks,
    latencyMs: number("latency"),
    whenDone: flags.leave ? "leave" : "stay",
    seed,
  });
  const fast = outcome.seconds.slice(Math.max(slow, frozen));
  const { optimumSeconds, lastSeconds, sentFiles, receivedFiles } = outcome;
  const ratio = (seconds: number): string => (seconds / optimumSeconds).toFixed(2);
  const tookSeconds = (performance.now() - startMs) / 1000;
  console.log([
    `${hosts} hosts, ${mib} MiB: first ${ratio(Math.min(...fast))}`,
    `median ${ratio(median(fast))}`,
    `last ${ratio(Math.max(...fast))}`,
    `of all ${ratio(lastSeconds)} of the optimum of ${optimumSeconds.toFixed(1)} s`,
    `seeder sent ${sentFiles.toFixed(2)}`,
    `each received ${receivedFiles.toFixed(2)} (${tookSeconds.toFixed(1)} s)`,
  ].join(", "));
  if (!flags.verbose) return;
  for (const held of outcome.heldEachSecond) console.log(held.join(" "));
}

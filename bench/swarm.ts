/**
 * Simulates one seeder and many hosts on rate-limited links, with the real peers on a network in
 * memory and a clock that goes on as soon as nobody has anything to do.
 *
 *     deno run -A bench/swarm.ts [--hosts 8,16] [--mib 32,96] [--mbit 50] [--piece-kib 256]
 *         [--stagger SECONDS] [--slow HOSTS] [--leave] [--latency MS] [--seeds 3]
 *
 * Prints, a scenario a line, what `docs/swarm.md` compares with measurements.
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import { simulateSwarm } from "./swarm/simulate_swarm.ts";

const flags = parseArgs(Deno.args, {
  string: ["hosts", "mib", "mbit", "piece-kib", "stagger", "slow", "latency", "seeds", "spread"],
  boolean: ["leave", "verbose"],
});
const MIB = 1024 * 1024;

function numbers(name: "hosts" | "mib", fallback: string): number[] {
  return String(flags[name] ?? fallback).split(",").map(Number);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

for (const hosts of numbers("hosts", "8,16")) {
  for (const mib of numbers("mib", "32")) {
    for (let seed = 1; seed <= Number(flags.seeds ?? 1); seed++) {
      const startMs = performance.now();
      const stagger = Number(flags.stagger ?? 0) * 1000;
      const spread = Number(flags.spread ?? 0) * 1000;
      const slow = Number(flags.slow ?? 0);
      const outcome = await simulateSwarm({
        hosts,
        length: mib * MIB,
        pieceLength: Number(flags["piece-kib"] ?? 256) * 1024,
        bitsPerSecond: Number(flags.mbit ?? 50) * 1e6,
        startsMs: Array.from(
          { length: hosts },
          (_, position) => position * stagger + position * spread / hosts,
        ),
        speeds: Array.from({ length: hosts }, (_, position) => position < slow ? 0.1 : 1),
        latencyMs: Number(flags.latency ?? 0),
        whenDone: flags.leave ? "leave" : "stay",
        seed,
      });
      const fast = outcome.seconds.slice(slow);
      const { optimumSeconds, lastSeconds, sentFiles, receivedFiles } = outcome;
      const ratio = (seconds: number): string => (seconds / optimumSeconds).toFixed(2);
      console.log(
        `${hosts} hosts, ${mib} MiB: first ${ratio(Math.min(...fast))}, median ${
          ratio(median(fast))
        }, last ${ratio(Math.max(...fast))}, of all ${ratio(lastSeconds)} of the optimum of ${
          optimumSeconds.toFixed(1)
        } s; seeder sent ${sentFiles.toFixed(2)}, each received ${receivedFiles.toFixed(2)} (${
          ((performance.now() - startMs) / 1000).toFixed(1)
        } s)`,
      );
      if (flags.verbose) {
        for (const held of outcome.heldEachSecond) {
          console.log(
            (held.reduce((a, b) => a + b, 0) / held.length).toFixed(1),
            Math.min(...held),
            Math.max(...held),
          );
        }
      }
    }
  }
}

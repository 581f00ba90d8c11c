/**
 * Announces by UDP to trackers on this machine, each in a process of its own, in turn: ours, and
 * opentracker and npm's bittorrent-tracker where they can be had.
 *
 *     deno run -A bench/announce.ts [--seconds 5] [--runs 3] [--peers 100000] [--swarms 1000] [--beside DIR]
 *
 * First every peer announces itself once, then peers of chance do it again for some seconds, with a
 * bounded number of requests under way. Prints, a run a line, announces a second, the time from
 * request to answer of half and of 99 % of them, the tracker's processor time for one, and the growth
 * of memory for each peer while they came; then medians. `--beside` measures another checkout of this project, too. The load and the
 * tracker share the machine: ratios count. It needs Linux.
 */
// deno-lint-ignore-file no-console
import { type Contestant, cpuSeconds, residentBytes } from "./announce/contestants.ts";
import { inTurn, type Measured, readSizes, type Sizes } from "./announce/in_turn.ts";
import { announceEverybody, openSources, SOURCES } from "./announce/udp_source.ts";

async function measure(
  { name, udpPort: port, child }: Contestant,
  { peers, swarms, seconds }: Sizes,
  endMs: number,
): Promise<Measured> {
  const load = { port, peers, swarms };
  using cleanup = new DisposableStack();
  const sources = await openSources(load);
  for (const source of sources) cleanup.use(source);
  const before = residentBytes(child.pid);
  await announceEverybody(sources, load, endMs);
  const grown = (residentBytes(child.pid) - before) / peers;
  for (const source of sources) {
    source.latencies.length = 0;
    source.lost = 0;
  }
  const each = peers / SOURCES.length;
  const startCpu = cpuSeconds(child.pid);
  const startMs = performance.now();
  const stopMs = startMs + seconds * 1_000;
  await Promise.all(
    sources.map((source) =>
      source.announceAll(() =>
        performance.now() < stopMs ? Math.floor(Math.random() * each) : undefined
      )
    ),
  );
  const took = (performance.now() - startMs) / 1_000;
  const latencies = sources.flatMap((source) => source.latencies).sort((a, b) => a - b);
  const lost = sources.reduce((sum, source) => sum + source.lost, 0);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)]?.toFixed(2);
  const rate = latencies.length / took;
  const cpuUs = (cpuSeconds(child.pid) - startCpu) * 1e6 / latencies.length;
  console.log(
    [
      name.padEnd(18),
      `${Math.round(rate)} announces/s`,
      `median ${at(0.5)} ms`,
      `99 % ${at(0.99)} ms`,
      `${cpuUs.toFixed(1)} us CPU each`,
      `${Math.round(grown)} resident bytes/peer`,
      `${lost} lost`,
    ].join("  "),
  );
  return { name, rate, cpuUs };
}

const sizes = readSizes();
await inTurn(sizes, (contestant, endMs) => measure(contestant, sizes, endMs));

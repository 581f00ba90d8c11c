/**
 * Announces by HTTP to trackers on this machine, each in a process of its own, in turn: ours, and
 * opentracker and npm's bittorrent-tracker where they can be had. The load is that of wrk.
 *
 *     deno run -A bench/announce_http.ts [--seconds 5] [--runs 3] [--peers 100000] [--swarms 1000] [--beside DIR]
 *
 * First every peer announces itself once by UDP, from four addresses; then those of one address do it
 * again by HTTP for some seconds, peers of chance, over connections that are kept (opentracker closes
 * each after its answer, which wrk counts as an error). Prints, a run a line, announces a second, the
 * time from request to answer of half and of 99 % of them, the tracker's processor time for one, the
 * bytes of an answer, and the growth of memory for each peer while they came; then medians. Before that, the bytes that a peer takes in our
 * heap. `--beside` measures another checkout of this project, too. The load and the tracker share the
 * machine: ratios count. It needs Linux.
 */
// deno-lint-ignore-file no-console
import { join } from "@std/path";
import { decode, DictionaryReader } from "../lib/bencode/mod.ts";
import {
  type Contestant,
  cpuSeconds,
  outputOf,
  PROJECT,
  residentBytes,
} from "./announce/contestants.ts";
import { inTurn, type Measured, readSizes, type Sizes } from "./announce/in_turn.ts";
import { announceEverybody, openSources, SOURCES } from "./announce/udp_source.ts";

const PARTS = join(PROJECT, "bench", "announce");

/** Connections of wrk, which share one thread: the other core is for the tracker. */
const CONNECTIONS = 32;

/** Bytes of an address in a compact list. */
const ENTRY_LENGTH = 6;

/** What bench/announce/load.lua prints. */
interface Seen {
  readonly requests: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly errors: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Has every peer announce itself, and tells by how many bytes the tracker grew for each. */
async function preload(
  { udpPort: port, child }: Contestant,
  { peers, swarms }: Sizes,
  endMs: number,
): Promise<number> {
  const load = { port, peers, swarms };
  using cleanup = new DisposableStack();
  const sources = await openSources(load);
  for (const source of sources) cleanup.use(source);
  const before = residentBytes(child.pid);
  await announceEverybody(sources, load, endMs);
  return (residentBytes(child.pid) - before) / peers;
}

/** Checks that a tracker tells a peer that it knows of the others in its swarm. */
async function check({ name, httpPort }: Contestant): Promise<void> {
  const id = "%00".repeat(20);
  // The first peer is a seeder, which hears of leechers at least.
  const query = `info_hash=${id}&peer_id=${id}&port=1024&uploaded=0&downloaded=0&left=0&compact=1`;
  const response = await fetch(`http://127.0.0.1:${httpPort}/announce?${query}`);
  const reply = new DictionaryReader(decode(await response.bytes()), `answer of ${name}`);
  if (reply.bytes("peers").length < ENTRY_LENGTH) throw new Error(`${name} tells of no peers`);
}

/** Loads a tracker. */
async function load(
  { httpPort }: Contestant,
  { peers, swarms, seconds }: Sizes,
): Promise<Seen> {
  const options = [
    "--threads",
    "1",
    "--connections",
    `${CONNECTIONS}`,
    "--duration",
    `${seconds}s`,
  ];
  const script = ["--script", join(PARTS, "load.lua"), `http://127.0.0.1:${httpPort}`];
  const counts = [peers / SOURCES.length, swarms, SOURCES.length].map(String);
  const output = await outputOf("wrk", [...options, ...script, "--", ...counts]);
  if (!output?.success) throw new Error(`wrk failed: ${text(output?.stderr)}`);
  return JSON.parse(text(output.stdout).trim().split("\n").at(-1) ?? "");
}

async function measure(
  contestant: Contestant,
  sizes: Sizes,
  endMs: number,
): Promise<Measured> {
  const grown = await preload(contestant, sizes, endMs);
  await check(contestant);
  const before = cpuSeconds(contestant.child.pid);
  const seen = await load(contestant, sizes);
  const cpuUs = (cpuSeconds(contestant.child.pid) - before) * 1e6 / seen.requests;
  const rate = seen.requests / seen.seconds;
  console.log(
    [
      contestant.name.padEnd(18),
      `${Math.round(rate)} announces/s`,
      `median ${seen.medianMs.toFixed(2)} ms`,
      `99 % ${seen.p99Ms.toFixed(2)} ms`,
      `${cpuUs.toFixed(1)} us CPU each`,
      `${Math.round(seen.bytes / seen.requests)} bytes/answer`,
      `${Math.round(grown)} resident bytes/peer`,
      `${seen.errors} errors`,
    ].join("  "),
  );
  return { name: contestant.name, rate, cpuUs };
}

/** Prints the bytes that a peer takes in our heap. */
async function printHeap({ peers, swarms }: Sizes): Promise<void> {
  const flags = ["--v8-flags=--expose-gc", join(PARTS, "heap_of_peers.ts")];
  const output = await outputOf(Deno.execPath(), ["run", ...flags, `${peers}`, `${swarms}`]);
  if (!output?.success) throw new Error(`Cannot measure the heap: ${text(output?.stderr)}`);
  console.log(`Sluice, heap without garbage: ${text(output.stdout).trim()} bytes/peer`);
}

function text(bytes: Uint8Array = new Uint8Array()): string {
  return new TextDecoder().decode(bytes);
}

if (await outputOf("wrk", ["--version"], { stdout: "null", stderr: "null" }) === undefined) {
  console.log("wrk is not installed, which makes the load: nothing can be measured");
} else {
  const sizes = readSizes();
  await printHeap(sizes);
  await inTurn(sizes, (contestant, endMs) => measure(contestant, sizes, endMs));
}

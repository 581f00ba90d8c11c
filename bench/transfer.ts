/**
 * A whole-process transfer on this machine: one seeder, one leecher, each a process of its own.
 *
 *     deno run -A bench/transfer.ts [--mib 1024] [--runs 3] [--dir /dev/shm] [--piece-length 512K]
 *
 * Prints, a run a line, MB/s as the leecher says them, CPU seconds a GB of both sides, and the peak
 * memory of both. The copy is compared with the original. CPU and memory need Linux.
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import { dirname, fromFileUrl, join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import { Payload } from "./compare/payload.ts";
import { usageOf } from "./compare/usage.ts";

const MAIN = join(dirname(dirname(fromFileUrl(import.meta.url))), "main.ts");

function sluice(...words: string[]): Deno.ChildProcess {
  const flags = words[0] === "create" ? ["--json"] : ["--no-discovery", "--json"];
  const args = ["run", "-A", MAIN, ...words, ...flags];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" }).spawn();
}

/** The first object of a type that a process prints. */
async function report(
  lines: ReadableStreamDefaultReader<string>,
  type: string,
): Promise<Record<string, unknown>> {
  while (true) {
    const { value, done } = await lines.read();
    if (done) throw new Error(`The process ended without a report of type ${type}`);
    const object = JSON.parse(value);
    if (object.type === type) return object;
  }
}

function linesOf(process: Deno.ChildProcess): ReadableStreamDefaultReader<string> {
  return process.stdout
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream())
    .getReader();
}

async function isSame(a: string, b: string): Promise<boolean> {
  const { success } = await new Deno.Command("cmp", { args: [a, b] }).output();
  return success;
}

async function transfer(folder: string, torrent: string, gigabytes: number): Promise<string> {
  const seeder = sluice("seed", torrent, folder, "--port", "0", "--tracker", "127.0.0.1:9");
  const seederLines = linesOf(seeder);
  try {
    const { port } = await report(seederLines, "seeding");
    const before = usageOf(seeder.pid);
    const out = join(folder, "copy");
    const words = [
      "--peer",
      `127.0.0.1:${port}`,
      "--out",
      out,
      "--tracker",
      "127.0.0.1:9",
      "--stay",
    ];
    const leecher = sluice("get", torrent, ...words);
    const leecherLines = linesOf(leecher);
    const { seconds } = await report(leecherLines, "done");
    const leech = usageOf(leecher.pid);
    const seed = usageOf(seeder.pid);
    leecher.kill("SIGTERM");
    await leecherLines.cancel();
    await leecher.status;
    const same = await isSame(join(folder, "payload.bin"), join(out, "payload.bin"));
    await Deno.remove(out, { recursive: true });
    const seedCpu = (seed.cpuSeconds - before.cpuSeconds) / gigabytes;
    return `${(gigabytes * 1000 / Number(seconds)).toFixed(0)} MB/s  CPU s/GB: seeder ${
      seedCpu.toFixed(2)
    }, leecher ${(leech.cpuSeconds / gigabytes).toFixed(2)}  peak MiB: seeder ${
      seed.peakMib.toFixed(0)
    }, leecher ${leech.peakMib.toFixed(0)}  ${same ? "byte-equal" : "NOT EQUAL"}`;
  } finally {
    seeder.kill("SIGTERM");
    await seederLines.cancel();
    await seeder.status;
  }
}

const args = parseArgs(Deno.args, { string: ["dir", "mib", "runs", "piece-length"] });
const mib = Number(args.mib ?? 1024);
const root = await Deno.makeTempDir({ dir: String(args.dir ?? "/dev/shm"), prefix: "transfer-" });
try {
  const { signal } = new AbortController();
  const work = { folder: root, signal, engines: new Map(), say: console.log };
  const { folder, path } = await Payload.write(mib, work);
  const torrent = join(root, "payload.torrent");
  const length = String(args["piece-length"] ?? "512K");
  const create = sluice("create", path, "--out", torrent, "--piece-length", length);
  await report(linesOf(create), "created");
  await create.status;
  for (let run = 0; run < Number(args.runs ?? 3); run++) {
    console.log(await transfer(folder, torrent, mib * 1.048576e-3));
  }
} finally {
  await Deno.remove(root, { recursive: true });
}

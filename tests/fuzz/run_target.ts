import { TextLineStream } from "@std/streams/text-line-stream";
import { decodeHex } from "../../lib/bytes/mod.ts";
import type { FuzzNews } from "./child.ts";
import { inputOf } from "./fuzz_input.ts";
import type { FuzzInput } from "./target.ts";
import { loadTarget } from "./targets.ts";

/** What is to be fuzzed. */
export interface FuzzOrder {
  readonly target: string;
  readonly seed: number;
  readonly seconds: number;
}

/** An input that has broken a promise. */
export interface FuzzFailure {
  readonly target: string;
  readonly seed: number;
  readonly number: number;
  readonly input: FuzzInput;
  readonly reason: string;
}

/** What came of the run of a target. */
export interface FuzzResult {
  readonly target: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly seconds: number;
  readonly failures: readonly FuzzFailure[];
}

/** The heap that a target may take, in MiB. */
const MAX_HEAP = 1_024;

/** How often the watch looks at what the process tries, in milliseconds. */
const LOOK_MS = 1_000;

/** Looks at the same input after which it never ends. */
const MAX_LOOKS = 20;

/** Fuzzes a target for a time in a process of its own, which is ended if an input never ends. */
export async function runTarget(order: FuzzOrder): Promise<FuzzResult> {
  const position = await Deno.makeTempFile({ prefix: "sluice-fuzz-" });
  try {
    return await runAt(position, order);
  } finally {
    await Deno.remove(position);
  }
}

async function runAt(
  position: string,
  { target, seed, seconds }: FuzzOrder,
): Promise<FuzzResult> {
  const startMs = performance.now();
  await using child = startChild([target, String(seed), String(seconds), position]);
  const failures: FuzzFailure[] = [];
  let done: Extract<FuzzNews, { type: "done" }> | undefined;
  let watch: Watch | undefined;
  for await (const line of linesOf(child.stdout)) {
    const news: FuzzNews = JSON.parse(line);
    if (news.type === "ready") watch = watchInputs(position, () => child.kill("SIGKILL"));
    else if (news.type === "done") done = news;
    else {
      const { number, reason, kind, hex } = news;
      failures.push({ target, seed, number, reason, input: { kind, bytes: decodeHex(hex) } });
    }
  }
  clearInterval(watch);
  if (done !== undefined) return { target, ...done, failures };
  const number = await readPosition(position);
  const { code, signal } = await child.status;
  const reason = `it never ends, or takes all memory: the process ended with ${signal ?? code}`;
  const input = inputOf(await loadTarget(target), seed, number);
  failures.push({ target, seed, number, input, reason });
  const took = (performance.now() - startMs) / 1_000;
  return { target, inputs: number + 1, accepted: 0, seconds: took, failures };
}

function startChild(args: readonly string[]): Deno.ChildProcess {
  const script = new URL("./child.ts", import.meta.url).pathname;
  const flags = ["-A", "--no-check", `--v8-flags=--max-old-space-size=${MAX_HEAP}`];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, script, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

function linesOf(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<string> {
  return stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
}

/** The number of the input that is, or was last, tried. */
async function readPosition(path: string): Promise<number> {
  const bytes = await Deno.readFile(path);
  return bytes.length < 4 ? 0 : new Uint32Array(bytes.buffer)[0]!;
}

type Watch = ReturnType<typeof setInterval>;

/** Calls `onStuck` when the same input is looked at too often. */
function watchInputs(path: string, onStuck: () => void): Watch {
  let last = -1;
  let looks = 0;
  return setInterval(async () => {
    const number = await readPosition(path).catch(() => last);
    looks = number === last ? looks + 1 : 0;
    last = number;
    if (looks === MAX_LOOKS) onStuck();
  }, LOOK_MS);
}

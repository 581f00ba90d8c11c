/**
 * The fuzzer: `deno task fuzz [--seconds 60] [--seed N] [--target NAME]... [--jobs N] [--out DIR]`, and
 * `deno task fuzz --replay FILE` for an input that failed. Such a file becomes a vector that the tests
 * replay by being moved to `tests/vectors/hostile/`, under a name that says what is in it.
 */
import { parseArgs } from "@std/cli/parse-args";
import { join } from "@std/path";
import { tryInput } from "./fuzz_input.ts";
import { type FuzzFailure, type FuzzResult, runTarget } from "./run_target.ts";
import { loadTarget, TARGETS } from "./targets.ts";
import { readVector } from "./vectors.ts";

const FAILURES = new URL("./failures/", import.meta.url).pathname;

/** What the command line says. */
interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly targets: readonly string[];
  readonly jobs: number;
  readonly out: string;
  readonly replay: string | undefined;
}

function say(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}

function numberOf(value: unknown, name: string, most: number): number | undefined {
  if (value === undefined) return undefined;
  const text = String(value);
  if (/^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
  throw new SyntaxError(`Cannot use --${name} "${text}": it must be a number from 1 to ${most}`);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function parseOptions(words: readonly string[]): Options {
  const parsed = parseArgs([...words], {
    string: ["seconds", "seed", "target", "jobs", "out", "replay"],
    collect: ["target"],
    unknown: (word) => {
      throw new SyntaxError(
        `Cannot use ${word}: there are --seconds, --seed, --target, --jobs, --out and --replay`,
      );
    },
  });
  const targets = (parsed.target ?? []) as string[];
  for (const name of targets) {
    if (Object.hasOwn(TARGETS, name)) continue;
    const names = Object.keys(TARGETS).join(", ");
    throw new SyntaxError(`Cannot fuzz "${name}": there is no such target; there are ${names}`);
  }
  return {
    seconds: numberOf(parsed.seconds, "seconds", 86_400) ?? 60,
    seed: numberOf(parsed.seed, "seed", 2 ** 31 - 1) ?? 1 + Math.floor(Math.random() * 2 ** 30),
    targets: targets.length > 0 ? targets : Object.keys(TARGETS),
    jobs: numberOf(parsed.jobs, "jobs", 64) ?? navigator.hardwareConcurrency,
    out: textOf(parsed.out) ?? FAILURES,
    replay: textOf(parsed.replay),
  };
}

/** Writes the input of a failure where it can be replayed, and says how. */
async function keep(failure: FuzzFailure, out: string): Promise<void> {
  const { target, seed, number, input, reason } = failure;
  await Deno.mkdir(out, { recursive: true });
  const path = join(out, `${target}.${input.kind}.seed-${seed}-${number}.bin`);
  await Deno.writeFile(path, input.bytes);
  say(`FAILED ${target} (${input.kind}, ${input.bytes.length} bytes): ${reason}`);
  say(`  again: deno task fuzz --replay ${path}`);
}

function formatResult({ target, inputs, accepted, seconds, failures }: FuzzResult): string {
  const rate = Math.round(inputs / seconds * 60);
  return `${target.padEnd(16)} ${inputs} inputs, ${accepted} accepted, ` +
    `${rate} a minute, ${failures.length} failed`;
}

/** Runs the targets, so many at once; gives the number of failures. */
async function fuzz({ seconds, seed, targets, jobs, out }: Options): Promise<number> {
  say(`seed ${seed}, ${seconds} s a target, ${jobs} at once`);
  const waiting = [...targets];
  let failed = 0;
  async function worker(): Promise<void> {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      const result = await runTarget({ target, seed, seconds });
      for (const failure of result.failures) await keep(failure, out);
      say(formatResult(result));
      failed += result.failures.length;
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker));
  return failed;
}

/** Tries an input in a file again; gives the number of failures. */
async function replay(path: string): Promise<number> {
  const { name, target, ...input } = await readVector(path);
  try {
    say(`${name}: ${await tryInput(await loadTarget(target), input)}`);
    return 0;
  } catch (error) {
    say(`FAILED ${name}: ${error instanceof Error ? error.stack : error}`);
    if (error instanceof Error && error.cause instanceof Error) say(`${error.cause.stack}`);
    return 1;
  }
}

try {
  const options = parseOptions(Deno.args);
  const failed = options.replay === undefined ? await fuzz(options) : await replay(options.replay);
  Deno.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  const isUsage = error instanceof SyntaxError || error instanceof Deno.errors.NotFound;
  if (!isUsage) throw error;
  say(error.message);
  Deno.exitCode = 28;
}

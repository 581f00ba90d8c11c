import { inputOf } from "./fuzz_input.ts";
import type { FuzzNews, FuzzOrder } from "./fuzz_worker.ts";
import type { FuzzInput } from "./target.ts";
import { loadTarget } from "./targets.ts";

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

/** How often the watch looks at what the worker does, in milliseconds. */
const LOOK_MS = 1_000;

/** Looks at the same input after which it never ends. */
const MAX_LOOKS = 20;

/** Fuzzes a target for a time in a thread of its own, which is ended if an input never ends. */
export async function runTarget(
  { target, seed, seconds }: Omit<FuzzOrder, "current">,
): Promise<FuzzResult> {
  const current = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("./fuzz_worker.ts", import.meta.url), { type: "module" });
  const failures: FuzzFailure[] = [];
  const startMs = performance.now();
  const over = Promise.withResolvers<Omit<FuzzResult, "target" | "failures">>();
  let watch: ReturnType<typeof setInterval> | undefined;
  worker.addEventListener("message", ({ data }: MessageEvent<FuzzNews>) => {
    if (data.type === "ready") watch = watchInputs(current, () => over.reject(new NeverEnds()));
    else if (data.type === "failure") failures.push({ target, seed, ...data });
    else over.resolve(data);
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    over.reject(new Error(`the thread has failed: ${event.message}`));
  });
  worker.postMessage({ target, seed, seconds, current } satisfies FuzzOrder);
  try {
    return { target, ...await over.promise, failures };
  } catch (error) {
    const number = Atomics.load(current, 0);
    const input = inputOf(await loadTarget(target), seed, number);
    const reason = error instanceof Error ? error.message : String(error);
    failures.push({ target, seed, number, input, reason });
    const took = (performance.now() - startMs) / 1_000;
    return { target, inputs: number + 1, accepted: 0, seconds: took, failures };
  } finally {
    clearInterval(watch);
    worker.terminate();
  }
}

class NeverEnds extends Error {
  override message = `it has not ended in ${MAX_LOOKS * LOOK_MS / 1_000} s`;
}

/** Calls `onStuck` when the same input is looked at too often. */
function watchInputs(
  current: Int32Array<SharedArrayBuffer>,
  onStuck: () => void,
): ReturnType<typeof setInterval> {
  let last = -1;
  let looks = 0;
  return setInterval(() => {
    const number = Atomics.load(current, 0);
    looks = number === last ? looks + 1 : 0;
    last = number;
    if (looks >= MAX_LOOKS) onStuck();
  }, LOOK_MS);
}

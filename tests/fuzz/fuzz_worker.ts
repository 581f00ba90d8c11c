/// <reference lib="deno.worker" />
import { inputOf, tryInput } from "./fuzz_input.ts";
import type { FuzzInput } from "./target.ts";
import { loadTarget } from "./targets.ts";

/** What a worker is to do. */
export interface FuzzOrder {
  readonly target: string;
  readonly seed: number;
  readonly seconds: number;
  /** The number of the input that is being tried, for whoever watches the worker. */
  readonly current: Int32Array<SharedArrayBuffer>;
}

/** What a worker says. */
export type FuzzNews =
  | { readonly type: "ready" }
  | {
    readonly type: "failure";
    readonly number: number;
    readonly input: FuzzInput;
    readonly reason: string;
  }
  | {
    readonly type: "done";
    readonly inputs: number;
    readonly accepted: number;
    readonly seconds: number;
  };

/** Failures after which a target needs no more of them. */
const MAX_FAILURES = 10;

/** The memory that a target may take in its worker, in bytes. */
const MAX_MEMORY = 1024 * 1024 * 1024;

/** Inputs between two looks at the memory. */
const INPUTS_A_LOOK = 256;

function say(news: FuzzNews): void {
  self.postMessage(news);
}

/** The errors that nobody has caught since this was asked last. */
const uncaught: unknown[] = [];

function watchErrors(): void {
  self.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    uncaught.push(event.reason);
  });
  self.addEventListener("error", (event) => {
    event.preventDefault();
    uncaught.push(event.error);
  });
}

/** Why an input failed, in a few lines. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const stack = (cause instanceof Error ? cause : error).stack ?? error.message;
  return `${error.message}\n${stack.split("\n").slice(0, 6).join("\n")}`;
}

function checkMemory(): void {
  const { heapUsed, external } = Deno.memoryUsage();
  if (heapUsed + external <= MAX_MEMORY) return;
  throw new Error(`it has taken ${heapUsed + external} bytes of memory`);
}

async function work({ target: name, seed, seconds, current }: FuzzOrder): Promise<void> {
  const target = await loadTarget(name);
  say({ type: "ready" });
  const startMs = performance.now();
  let number = 0;
  let accepted = 0;
  const reasons = new Set<string>();
  for (; performance.now() - startMs < seconds * 1_000; number++) {
    Atomics.store(current, 0, number);
    const input = inputOf(target, seed, number);
    try {
      if (await tryInput(target, input) === "accepted") accepted++;
      if (number % INPUTS_A_LOOK === 0) {
        // Whatever was left behind is heard of now.
        await new Promise((resolve) => setTimeout(resolve, 0));
        checkMemory();
      }
      if (uncaught.length > 0) throw uncaught[0];
    } catch (error) {
      uncaught.length = 0;
      const reason = reasonOf(error);
      const kind = reason.split("\n", 1)[0]!.replaceAll(/\d+/g, "0").slice(0, 80);
      if (reasons.has(kind)) continue;
      reasons.add(kind);
      say({ type: "failure", number, input, reason });
      if (reasons.size >= MAX_FAILURES) break;
    }
  }
  say({ type: "done", inputs: number, accepted, seconds: (performance.now() - startMs) / 1_000 });
}

watchErrors();
self.addEventListener("message", ({ data }: MessageEvent<FuzzOrder>) => void work(data));

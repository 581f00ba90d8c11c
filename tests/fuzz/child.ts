/**
 * A process that fuzzes one target: `child.ts TARGET SEED SECONDS FILE`. It says what it finds as JSON,
 * one object a line, and writes the number of the input that it tries into the file before it does so:
 * an input that takes all memory, or never ends, is known although nothing can be said of it any more.
 */
import { encodeHex } from "../../lib/bytes/mod.ts";
import { inputOf, tryInput } from "./fuzz_input.ts";
import { LeftBehind } from "./left_behind.ts";
import { loadTarget } from "./targets.ts";

/** What the process says. */
export type FuzzNews =
  | { readonly type: "ready" }
  | {
    readonly type: "failure";
    readonly number: number;
    readonly kind: string;
    readonly hex: string;
    readonly reason: string;
  }
  | {
    readonly type: "done";
    readonly inputs: number;
    readonly accepted: number;
    readonly seconds: number;
  };

/** Failures of a kind after which a target needs no more of them. */
const MAX_FAILURES = 10;

/** The memory beside the heap, which the runtime bounds, that a target may take, in bytes. */
const MAX_EXTERNAL = 1024 * 1024 * 1024;

/** Inputs between two looks at the memory, and at what was left behind. */
const INPUTS_A_LOOK = 256;

function say(news: FuzzNews): void {
  // deno-lint-ignore no-console
  console.log(JSON.stringify(news));
}

/** Why an input failed, in a few lines. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const stack = (cause instanceof Error ? cause : error).stack ?? error.message;
  return `${error.message}\n${stack.split("\n").slice(0, 6).join("\n")}`;
}

/**
 * Fails if too much memory is taken.
 *
 * @throws {Error} if it is
 */
function checkMemory(): void {
  const { external } = Deno.memoryUsage();
  if (external > MAX_EXTERNAL) throw new Error(`it has taken ${external} bytes of memory`);
}

async function fuzz([name = "", seedText, secondsText, path = ""]: readonly string[]) {
  const [seed, seconds] = [Number(seedText), Number(secondsText)];
  const target = await loadTarget(name);
  using position = await Deno.open(path, { write: true });
  const current = new Uint32Array(1);
  const note = (number: number) => {
    current[0] = number;
    position.seekSync(0, Deno.SeekMode.Start);
    position.writeSync(new Uint8Array(current.buffer));
  };
  const reasons = new Set<string>();
  const tell = (number: number, reason: string) => {
    const sort = reason.split("\n", 1)[0]!.replaceAll(/\d+/g, "0").slice(0, 80);
    if (reasons.has(sort)) return;
    reasons.add(sort);
    const { kind, bytes } = inputOf(target, seed, number);
    say({ type: "failure", number, kind, hex: encodeHex(bytes), reason });
  };
  using leftBehind = new LeftBehind({ target, seed, onReplay: note });
  const look = async (number: number) => {
    const found = await leftBehind.look(number);
    if (found === undefined) return;
    const doubt = found.doubt === undefined ? "" : `\n${found.doubt}`;
    tell(found.number, `${reasonOf(found.error)}${doubt}`);
  };
  say({ type: "ready" });
  const startMs = performance.now();
  let accepted = 0;
  let number = 0;
  for (; performance.now() - startMs < seconds * 1_000 && reasons.size < MAX_FAILURES; number++) {
    note(number);
    const isLook = number % INPUTS_A_LOOK === 0;
    try {
      if (await tryInput(target, inputOf(target, seed, number)) === "accepted") accepted++;
      if (isLook) checkMemory();
    } catch (error) {
      tell(number, reasonOf(error));
    }
    if (isLook || leftBehind.isSuspicious) await look(number);
  }
  if (number > 0) await look(number - 1);
  say({ type: "done", inputs: number, accepted, seconds: (performance.now() - startMs) / 1_000 });
}

await fuzz(Deno.args);

import { seededRandom } from "../bytes/seeded_random.ts";
import {
  type Attempt,
  BrokenPromise,
  type FuzzInput,
  type FuzzTarget,
  hashOf,
  makeInput,
} from "./target.ts";
import { mostOf, weigh } from "./weigh.ts";

/** The longest time for one input, in milliseconds of the processor: the machine may be busy. */
export const MAX_INPUT_MS = 1_000;

/** How often an input is tried that took too long, before that is its fault and not that of what ran beside it. */
const TRIES = 3;

/** The part of the runtime that knows how long the processor has worked for us, in microseconds. */
interface NodeProcess {
  cpuUsage(): { readonly user: number; readonly system: number };
}

const { process } = globalThis as unknown as { process: NodeProcess };

function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** The input of a number by a seed: that of another number needs none before it. */
export function inputOf(target: FuzzTarget, seed: number, number: number): FuzzInput {
  const source = new Uint8Array(Uint32Array.of(seed, number).buffer);
  return makeInput(target, seededRandom(hashOf(source)));
}

/**
 * Tries an input. What is random in that follows from its bytes, so that a file of them is enough to
 * try it again.
 *
 * @throws {BrokenPromise} if it breaks one
 */
export async function tryInput(
  { kinds }: FuzzTarget,
  { kind, bytes }: FuzzInput,
): Promise<Attempt["outcome"]> {
  const { attempt } = kinds[kind] ?? noKind(kind);
  let took = Infinity;
  for (let tries = 0; tries < TRIES && took > MAX_INPUT_MS; tries++) {
    const startMs = usedMs();
    const random = seededRandom(hashOf(bytes));
    const { outcome, made } = await attempt(bytes.slice(), random);
    took = usedMs() - startMs;
    const weight = weigh(made);
    if (weight > mostOf(bytes.length)) {
      throw new BrokenPromise(`of ${bytes.length} bytes about ${weight} were made`);
    }
    if (took <= MAX_INPUT_MS) return outcome;
  }
  throw new BrokenPromise(`it took ${Math.round(took)} ms, at most ${MAX_INPUT_MS} are right`);
}

function noKind(kind: string): never {
  throw new RangeError(`Cannot try an input of kind "${kind}": the target has none of that name`);
}

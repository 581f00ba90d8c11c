import { randomBelow } from "../bytes/seeded_random.ts";
import { mutateBencode } from "./mutate_bencode.ts";
import { mutateBytes } from "./mutate_bytes.ts";
import { mutateFrames } from "./mutate_frames.ts";
import { mutateText } from "./mutate_text.ts";

/** What came of an input: something that keeps its promises, or the error that its parser promises. */
export interface Attempt {
  readonly outcome: "accepted" | "refused";
  /** What was made of the input, of which there must not be much more than of the input. */
  readonly made?: unknown;
}

/** One kind of input of a target. */
export interface Kind {
  /** How such inputs are made, so that mutations keep some of it. */
  readonly form: keyof typeof MUTATORS;
  /** Inputs to begin with. */
  readonly corpus: readonly Uint8Array[];
  /** Tries an input; throws if a promise is broken. */
  readonly attempt: (bytes: Uint8Array, random: () => number) => Attempt | Promise<Attempt>;
}

/** What belongs together and is fuzzed in turn: parsers, or a whole part of the program. */
export interface FuzzTarget {
  readonly kinds: Readonly<Record<string, Kind>>;
  /** Inputs that the quick regression test tries. */
  readonly quick: number;
}

/** An input, with the name of its kind. */
export interface FuzzInput {
  readonly kind: string;
  readonly bytes: Uint8Array;
}

/** A promise that an input has broken. */
export class BrokenPromise extends Error {
  override name = "BrokenPromise";
}

const MUTATORS = {
  bytes: mutateBytes,
  bencode: mutateBencode,
  frames: mutateFrames,
  text: mutateText,
};

/** A number for a text or bytes, the same every time (FNV-1a). */
export function hashOf(bytes: Iterable<number>): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The n-th input of a target by a source of chance that is that input's own. */
export function makeInput({ kinds }: FuzzTarget, random: () => number): FuzzInput {
  const names = Object.keys(kinds);
  const name = names[randomBelow(random, names.length)]!;
  const { corpus, form } = kinds[name]!;
  const sample = corpus[randomBelow(random, corpus.length)]!;
  const other = corpus[randomBelow(random, corpus.length)]!;
  return { kind: name, bytes: MUTATORS[form](sample, random, other) };
}

/** An error class, also one whose objects are made otherwise. */
// deno-lint-ignore no-explicit-any
type ErrorClass = new (...args: any[]) => Error;

/** Errors of the runtime, which its own code throws where ours forgot a check. */
const ENGINE = new RegExp(
  "undefined|is not a function|is not iterable|not a constructor|Invalid array|Invalid typed|" +
    "call stack|out of bounds|BigInt|Reduce of empty|Offset is outside|offset is out|" +
    "Invalid string length|Invalid regular|Invalid count|Invalid code point|Cannot mix|" +
    "Array buffer allocation|Invalid time|URI malformed|Invalid URL",
);

/** Takes an error that a parser promises; anything else is a broken promise. */
export function refused(error: unknown, ...classes: readonly ErrorClass[]): Attempt {
  if (error instanceof BrokenPromise) throw error;
  if (!(error instanceof Error)) throw new BrokenPromise(`it threw ${String(error)}`);
  const { message } = error;
  if (!classes.some((one) => error instanceof one)) {
    throw new BrokenPromise(`it threw ${error.name}: ${message}`, { cause: error });
  }
  checkLine(message, error);
  return { outcome: "refused", made: message };
}

/** Makes sure that a message is one line of our own words. */
export function checkLine(message: string, cause?: unknown): void {
  // deno-lint-ignore no-control-regex
  if (message === "" || /[\x00-\x1f\x7f]/.test(message)) {
    throw new BrokenPromise(`its message is not one line: ${JSON.stringify(message)}`, { cause });
  }
  if (ENGINE.test(message.replaceAll(/"(?:[^"\\]|\\.)*"/g, ""))) {
    throw new BrokenPromise(`its message is that of the runtime: ${message}`, { cause });
  }
}

/** Fails if something is not so. */
export function promise(condition: boolean, what: string): asserts condition {
  if (!condition) throw new BrokenPromise(what);
}

/** Fails unless two arrays of bytes are alike. */
export function promiseSame(actual: Uint8Array, expected: Uint8Array, what: string): void {
  const isSame = actual.length === expected.length &&
    actual.every((byte, at) => byte === expected[at]);
  promise(isSame, `${what}: ${actual.length} bytes are not the ${expected.length} expected`);
}

/** Tries a parser that gives a value or throws one of these errors; `check` looks at the value. */
export function parserAttempt<T>(
  parse: () => T,
  classes: readonly ErrorClass[],
  check: (value: T) => void = () => undefined,
): Attempt {
  let value: T;
  try {
    value = parse();
  } catch (error) {
    return refused(error, ...classes);
  }
  check(value);
  return { outcome: "accepted", made: value };
}

/** Cuts bytes: whole, byte by byte, or at random places. */
export function cut(
  bytes: Uint8Array,
  how: "whole" | "bytes" | "random",
  random: () => number,
): Uint8Array[] {
  if (how === "whole") return [bytes.slice()];
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const step = how === "bytes" ? 1 : 1 + randomBelow(random, pickLength(random));
    parts.push(bytes.slice(at, at += step));
  }
  return parts;
}

function pickLength(random: () => number): number {
  return [3, 20, 600, 20_000][randomBelow(random, 4)]!;
}

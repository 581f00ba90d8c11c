import { concatBytes } from "../../lib/bytes/mod.ts";
import { randomBelow, randomBytes } from "../bytes/seeded_random.ts";
import { edge, pick } from "./edges.ts";

/** The longest input that mutation makes, in bytes. */
export const MAX_INPUT = 256 * 1024;

/** Changes bytes; `other` is another input, parts of which may be put in. */
type ByteMutation = (
  bytes: Uint8Array,
  random: () => number,
  other: Uint8Array,
) => Uint8Array<ArrayBuffer>;

interface Range {
  readonly start: number;
  readonly end: number;
}

function rangeIn(bytes: Uint8Array, random: () => number): Range {
  const start = randomBelow(random, bytes.length + 1);
  const longest = random() < 0.7 ? Math.min(16, bytes.length - start) : bytes.length - start;
  return { start, end: start + randomBelow(random, longest + 1) };
}

function replace(
  bytes: Uint8Array,
  { start, end }: Range,
  by: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return concatBytes([bytes.subarray(0, start), by, bytes.subarray(end)]);
}

/** A number in big-endian order; of a larger one the lowest bytes. */
export function numberBytes(value: bigint, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) {
    bytes[at] = Number(BigInt.asUintN(8, value >> BigInt(8 * (length - 1 - at))));
  }
  return bytes;
}

/** Where the runs of ASCII digits are. */
function digitRuns(bytes: Uint8Array): Range[] {
  const runs: Range[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const start = at;
    while (bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++;
    if (at > start) runs.push({ start, end: at });
  }
  return runs;
}

function changed(bytes: Uint8Array, at: number, by: (byte: number) => number) {
  const copy = bytes.slice();
  if (at < copy.length) copy[at] = by(copy[at]!);
  return copy;
}

const MUTATIONS: readonly ByteMutation[] = [
  // A bit, a byte, an edge of a byte.
  (bytes, random) =>
    changed(
      bytes,
      randomBelow(random, bytes.length),
      (byte) => byte ^ (1 << randomBelow(random, 8)),
    ),
  (bytes, random) =>
    changed(bytes, randomBelow(random, bytes.length), () => randomBelow(random, 256)),
  (bytes, random) =>
    changed(bytes, randomBelow(random, bytes.length), () => pick(random, [0, 1, 127, 128, 255])),
  // Cut off, cut out, put in, repeated, moved.
  (bytes, random) => bytes.slice(0, randomBelow(random, bytes.length + 1)),
  (bytes, random) => replace(bytes, rangeIn(bytes, random), new Uint8Array(0)),
  (bytes, random) => {
    const { start } = rangeIn(bytes, random);
    return replace(bytes, { start, end: start }, randomBytes(random, 1 + randomBelow(random, 16)));
  },
  (bytes, random) => {
    const range = rangeIn(bytes, random);
    const part = bytes.subarray(range.start, range.end);
    const times = random() < 0.9 ? 1 + randomBelow(random, 4) : randomBelow(random, 2_000);
    const copies = Math.min(times, Math.floor(MAX_INPUT / (part.length + 1)));
    return replace(bytes, range, concatBytes(Array.from({ length: copies + 1 }, () => part)));
  },
  (bytes, random) => {
    const from = rangeIn(bytes, random);
    const part = bytes.slice(from.start, from.end);
    const rest = replace(bytes, from, new Uint8Array(0));
    const at = randomBelow(random, rest.length + 1);
    return replace(rest, { start: at, end: at }, part);
  },
  // Spliced with another one.
  (bytes, random, other) => {
    const end = randomBelow(random, bytes.length + 1);
    return concatBytes([bytes.subarray(0, end), other.subarray(randomBelow(random, other.length))]);
  },
  (bytes, random, other) => {
    const part = rangeIn(other, random);
    return replace(bytes, rangeIn(bytes, random), other.subarray(part.start, part.end));
  },
  // Lengths and numbers, of bytes and of digits.
  (bytes, random) => {
    const length = pick(random, [1, 2, 4, 8]);
    const start = randomBelow(random, bytes.length + 1);
    const by = numberBytes(edge(random), length);
    return replace(bytes, { start, end: Math.min(bytes.length, start + length) }, by);
  },
  (bytes, random) => {
    const runs = digitRuns(bytes);
    if (runs.length === 0) return bytes.slice();
    return replace(bytes, pick(random, runs), new TextEncoder().encode(`${edge(random)}`));
  },
];

/** Changes an input in one place, and sometimes in several. */
export function mutateBytes(
  bytes: Uint8Array,
  random: () => number,
  other: Uint8Array,
): Uint8Array<ArrayBuffer> {
  let mutated = bytes.slice();
  do {
    mutated = pick(random, MUTATIONS)(mutated, random, other);
  } while (random() < 0.35);
  return mutated.slice(0, MAX_INPUT);
}

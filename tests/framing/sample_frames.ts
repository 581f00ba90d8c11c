import { concatBytes } from "../../lib/bytes/mod.ts";

/** The longest payload among the samples. */
export const SAMPLE_MAX_LENGTH = 300;

/** Payloads of all kinds of length, empty ones at the start, in the middle, doubled and at the end. */
export const SAMPLE_PAYLOADS: readonly Uint8Array[] = [
  new Uint8Array(0),
  Uint8Array.of(2),
  Uint8Array.of(4, 0, 0, 0, 7),
  new Uint8Array(0),
  new Uint8Array(0),
  Uint8Array.of(0, 0, 0, 0),
  Uint8Array.from({ length: SAMPLE_MAX_LENGTH }, (_, at) => at & 0xff),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff),
  new Uint8Array(0),
];

/** Writes a frame digit by digit, without the code that is tested. */
function frameByHand(payload: Uint8Array): Uint8Array {
  const digits = payload.length.toString(16).padStart(8, "0");
  const prefix = Uint8Array.from(digits.match(/../g) ?? [], (digit) => parseInt(digit, 16));
  return concatBytes([prefix, payload]);
}

/** The samples as they stand on the wire. */
export const SAMPLE_BYTES: Uint8Array = concatBytes(SAMPLE_PAYLOADS.map(frameByHand));

/** Where each of the sample frames ends in {@linkcode SAMPLE_BYTES}; the start counts as an end. */
export const SAMPLE_ENDS: readonly number[] = SAMPLE_PAYLOADS.reduce<number[]>(
  (ends, payload) => [...ends, (ends.at(-1) ?? 0) + 4 + payload.length],
  [0],
);

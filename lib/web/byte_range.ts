/** Which bytes of something are to be answered. */
export type ChosenRange =
  | { readonly type: "whole" }
  | { readonly type: "part"; readonly offset: number; readonly length: number }
  | { readonly type: "unsatisfiable" };

/** A single range: the first and the last byte, or how many from the end. */
const SINGLE = /^bytes=[ \t]*(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))[ \t]*$/i;

/**
 * Chooses what a `Range` header asks for of `length` bytes (RFC 9110, 14.1.2 and 14.2). Several ranges,
 * other units and what is malformed are answered with the whole, as the RFC allows.
 */
export function chooseRange(header: string | null, length: number): ChosenRange {
  const [, from, to, last] = SINGLE.exec(header ?? "") ?? [];
  if (last !== undefined) {
    const count = Math.min(Number(last), length);
    if (count === 0) return { type: "unsatisfiable" };
    return { type: "part", offset: length - count, length: count };
  }
  if (from === undefined) return { type: "whole" };
  const offset = Number(from);
  const end = to === undefined || to === "" ? Infinity : Number(to) + 1;
  if (end <= offset) return { type: "whole" };
  if (offset >= length) return { type: "unsatisfiable" };
  return { type: "part", offset, length: Math.min(end, length) - offset };
}

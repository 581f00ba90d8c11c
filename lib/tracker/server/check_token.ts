import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import { TooFastError } from "./too_fast.ts";
import type { TokenGate } from "./token_gate.ts";
import type { Bearer } from "./visitors.ts";

/** Where a token is shown, for messages. */
const PLACES = {
  path: "Cannot answer: the token in the path of the tracker's URL",
  connect: "Cannot connect: the token",
} as const;

/** A token as it came. */
export interface ShownToken {
  /** Where it stands. */
  readonly in: keyof typeof PLACES;
  /** What it is; nothing if there is none. */
  readonly token: string | undefined;
}

/**
 * Lets somebody pass the gate. No message has the token in it.
 *
 * @throws {TrackerRefusedError} if the gate wants another token, or one at all
 * @throws {TooFastError} if he has shown too many wrong ones
 */
export function checkToken(gate: TokenGate, shown: ShownToken, bearer: Bearer): void {
  const verdict = gate.check(shown.token, bearer);
  if (verdict === "admitted") return;
  if (verdict === "shut out") {
    throw new TooFastError("Cannot answer: too many wrong tokens came from this address; wait");
  }
  throw new TrackerRefusedError(REFUSAL.token, `${PLACES[shown.in]} is ${verdict}`);
}

/** The token that is a segment of the tracker's URL, `/TOKEN/announce`, as it stands there. */
export function pathToken(segment: string | undefined): ShownToken {
  return { in: "path", token: segment === undefined ? undefined : decodeSegment(segment) };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // It is no text, and no token is.
    return "";
  }
}

import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import type { TokenGate } from "./token_gate.ts";

/**
 * Checks the token that is a segment of the tracker's URL, `/TOKEN/announce`, as it stands there.
 *
 * @throws {TrackerRefusedError} if the gate wants another one, or one at all
 */
export async function checkPathToken(gate: TokenGate, segment: string | undefined): Promise<void> {
  const token = segment === undefined ? undefined : decodeSegment(segment);
  if (await gate.admits(token)) return;
  const state = token === undefined ? "missing" : "wrong";
  throw new TrackerRefusedError(
    REFUSAL.token,
    `Cannot answer: the token in the path of the tracker's URL is ${state}`,
  );
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // It is no text, and no token is.
    return "";
  }
}

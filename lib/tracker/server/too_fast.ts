import type { PeerAddress } from "../../net/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import type { TrackerContext } from "./context.ts";

/** One address does too much of something; it is to wait. */
export class TooFastError extends TrackerRefusedError {
  /** The name of the class, for messages. */
  override name = "TooFastError";

  /** Makes the error of a reason, which is a sentence. */
  constructor(text: string) {
    super(REFUSAL.tooMany, text);
  }
}

/** Takes down that an address was refused because it does too much, as {@linkcode noteRefusal} does. */
export function noteTooFast(
  remote: PeerAddress,
  text: string,
  context: TrackerContext,
): "news" | "known" {
  return noteRefusal({ remote, code: REFUSAL.tooMany, text }, context);
}

/**
 * Counts a refusal, and tells whether it is to be told: of each address and code now and then, since a
 * flood of refusals in a log would be as bad as what is refused.
 */
export function noteRefusal(
  { remote, code, text }: { remote: PeerAddress; code: number; text: string },
  { counters, events, visitors, clock }: TrackerContext,
): "news" | "known" {
  counters.refusal(code);
  if (!visitors.isNews(remote.host, code, clock.now())) return "known";
  events.offer({ type: "refused", remote, code, text });
  return "news";
}

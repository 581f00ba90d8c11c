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

/**
 * Takes down that an address was refused because it does too much, and tells whether it is to be told
 * so: now and then, since a flood of refusals would be as bad as what is refused.
 */
export function noteTooFast(
  remote: PeerAddress,
  text: string,
  { counters, events, visitors, clock }: TrackerContext,
): "news" | "known" {
  counters.refusal(REFUSAL.tooMany);
  if (!visitors.isNews(remote.host, clock.now())) return "known";
  events.offer({ type: "refused", remote, code: REFUSAL.tooMany, text });
  return "news";
}

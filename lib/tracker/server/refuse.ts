import { FrameTooLongError } from "../../framing/mod.ts";
import { DeadlineError, type PeerAddress } from "../../net/mod.ts";
import { type ErrorMessage, MalformedMessageError } from "../protocol/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import type { TrackerContext } from "./context.ts";
import { noteRefusal } from "./too_fast.ts";

/** What is refused. */
export interface Refused {
  /** The query; the connection itself if there is none. */
  readonly transaction?: number | undefined;
  /** Who asked. */
  readonly remote: PeerAddress;
}

/** Makes the error message of something that went wrong, and takes it down. */
export function refuse(error: unknown, refused: Refused, context: TrackerContext): ErrorMessage {
  const { counters, events } = context;
  const { code, message: text } = refusalOf(error);
  if (code === REFUSAL.fault) {
    counters.refusal(code);
    events.offer({ type: "fault", error });
  } else noteRefusal({ remote: refused.remote, code, text }, context);
  return { type: "error", transaction: refused.transaction, code, text };
}

function refusalOf(error: unknown): TrackerRefusedError {
  if (error instanceof TrackerRefusedError) return error;
  if (error instanceof MalformedMessageError) {
    return new TrackerRefusedError(REFUSAL.malformed, error.message);
  }
  if (error instanceof FrameTooLongError) {
    return new TrackerRefusedError(REFUSAL.tooLarge, error.message);
  }
  if (error instanceof DeadlineError) return new TrackerRefusedError(REFUSAL.late, error.message);
  return new TrackerRefusedError(REFUSAL.fault, "Cannot answer: the tracker is at fault");
}

import { DeadlineError, formatAddress, type PeerAddress } from "../../net/mod.ts";

/** The tracker cannot be reached, or the connection to it has ended. */
export class TrackerUnreachableError extends Error {
  /** The name of the class, for messages. */
  override name = "TrackerUnreachableError";

  /** Makes the error of a tracker and of what stands between it and us. */
  constructor(
    /** Where the tracker should be. */
    readonly address: PeerAddress,
    cause: unknown,
  ) {
    super(`Cannot reach tracker ${formatAddress(address)}: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.ConnectionRefused) return "nobody listens there";
  if (cause instanceof DeadlineError) return "it does not answer";
  return cause instanceof Error ? cause.message : `${cause}`;
}

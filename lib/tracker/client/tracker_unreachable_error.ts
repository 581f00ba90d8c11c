import { FrameTooLongError } from "../../framing/mod.ts";
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

/** The length that a frame of an answer by HTTP would have: the letters of its name. */
const HTTP = 0x4854_5450;

function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.ConnectionRefused) return "nobody listens there";
  const service = cause instanceof FrameTooLongError ? otherServiceOf(cause) : undefined;
  if (service !== undefined) return service;
  if (cause instanceof DeadlineError) return "it does not answer";
  return cause instanceof Error ? cause.message : `${cause}`;
}

/**
 * What answers in another protocol, and how it is named, by what its first bytes are as the length of a
 * frame; `undefined` if that is not known.
 */
export function otherServiceOf({ length }: FrameTooLongError): string | undefined {
  if (isAlert(length)) return "it speaks TLS; name it as tls://HOST:PORT";
  if (length !== HTTP) return undefined;
  return "it speaks HTTP; name the port of its TCP door, or an HTTP tracker as http://HOST:PORT/announce";
}

/** Whether a length is the beginning of an alert of TLS: its type 21, and version 3 of SSL or a later one. */
function isAlert(length: number): boolean {
  return length >>> 16 === 0x1503;
}

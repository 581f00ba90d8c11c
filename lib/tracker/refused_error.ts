/** Why a tracker refuses: the numbers that stand in an error message. */
export const REFUSAL: {
  readonly malformed: 400;
  readonly token: 401;
  readonly forbidden: 403;
  readonly unknown: 404;
  readonly late: 408;
  readonly ambiguous: 409;
  readonly tooLarge: 413;
  readonly tooMany: 429;
  readonly fault: 500;
  readonly version: 505;
} = {
  malformed: 400,
  token: 401,
  forbidden: 403,
  unknown: 404,
  late: 408,
  ambiguous: 409,
  tooLarge: 413,
  tooMany: 429,
  fault: 500,
  version: 505,
};

/**
 * The tracker refuses something and says why. What the tracker throws as this error is what its
 * client catches: code and text travel, nothing else does.
 */
export class TrackerRefusedError extends Error {
  /** The name of the class, for messages. */
  override name = "TrackerRefusedError";

  /** Makes the error of a code and its reason, which is a sentence. */
  constructor(
    /** One of {@linkcode REFUSAL}, or of what a later version adds. */
    readonly code: number,
    text: string,
    /** How long it wants to be left alone, in milliseconds, if it says so (BEP 31). */
    readonly retryAfterMs?: number,
  ) {
    super(text);
  }
}

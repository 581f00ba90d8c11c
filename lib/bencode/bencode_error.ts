/** The input is not bencode, not canonical, or beyond a limit. */
export class BencodeError extends SyntaxError {
  /** The name of the class, for messages. */
  override name = "BencodeError";

  /** Makes the error of what is wrong at a byte of the input. */
  constructor(
    /** Where, in bytes from the start of the input. */
    readonly offset: number,
    /** What is wrong there. */
    readonly reason: string,
  ) {
    super(`Cannot decode bencode at byte ${offset}: ${reason}`);
  }
}

/** A frame announces more bytes than its reader accepts; nothing of it was buffered. */
export class FrameTooLongError extends RangeError {
  /** The name of the class. */
  override name = "FrameTooLongError";

  /** Makes the error of a frame of `length` bytes where at most `limit` are accepted. */
  constructor(readonly length: number, readonly limit: number) {
    super(`Cannot read frame: it announces ${length} bytes, at most ${limit} are accepted`);
  }
}

/** The stream ended inside a frame; a clean end lies between two frames. */
export class TruncatedFrameError extends Error {
  /** The name of the class. */
  override name = "TruncatedFrameError";

  /** Makes the error of a stream that ended `missing` bytes too early, as far as can be told. */
  constructor(readonly missing: number) {
    super(`Cannot read frame: the stream ended ${missing} bytes before the frame did`);
  }
}

import { TruncatedFrameError } from "./errors.ts";

/**
 * Reads exactly `count` bytes of a byte stream and leaves the rest in it, unlocked, to be piped on.
 *
 * Gives `undefined` if the stream ends before the first of them.
 *
 * @throws {TruncatedFrameError} if the stream ends after the first and before the last of them
 * @throws {TypeError} if the stream is not a byte stream or is locked
 */
export async function readExactly(
  stream: ReadableStream<Uint8Array>,
  count: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = stream.getReader({ mode: "byob" });
  try {
    let bytes = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const view = new Uint8Array(bytes.buffer, filled, count - filled);
      const { value } = await reader.read(view);
      if (value === undefined) throw new TruncatedFrameError(count - filled);
      bytes = new Uint8Array(value.buffer, 0, count);
      filled += value.length;
      if (value.length > 0) continue;
      if (filled === 0) return undefined;
      throw new TruncatedFrameError(count - filled);
    }
    return bytes;
  } finally {
    reader.releaseLock();
  }
}

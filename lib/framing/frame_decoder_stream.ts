import { FrameDecoder, type FrameDecoderOptions } from "./frame_decoder.ts";

/**
 * Turns bytes into frames: each chunk read gives one array of the payloads that it completed, and
 * none if it completed none. One `enqueue` a read instead of one a frame is what keeps framing
 * cheap at hundreds of megabytes a second.
 *
 * The readable side fails with `FrameTooLongError` or `TruncatedFrameError`, and ends cleanly only
 * between two frames.
 *
 * @example
 * ```ts
 * import { FrameDecoderStream } from "./mod.ts";
 *
 * const bytes = ReadableStream.from([Uint8Array.of(0, 0, 0, 1, 42, 0, 0), Uint8Array.of(0, 0)]);
 * for await (const frames of bytes.pipeThrough(new FrameDecoderStream({ maxLength: 16 }))) {
 *   for (const frame of frames) if (frame.length > 1) throw new Error("not one of ours");
 * }
 * ```
 */
export class FrameDecoderStream extends TransformStream<Uint8Array, Uint8Array[]> {
  /** Makes a stream that stands at the start of a frame. */
  constructor(options: FrameDecoderOptions) {
    const decoder = new FrameDecoder(options);
    super({
      transform(chunk, controller) {
        const payloads = decoder.push(chunk);
        if (payloads.length > 0) controller.enqueue(payloads);
      },
      flush() {
        decoder.end();
      },
    });
  }
}

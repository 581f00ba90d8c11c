import { type Allocate, encodeFrames, type Payload } from "./frame_encoder.ts";

/**
 * Turns payloads into frames. An array of payloads becomes one chunk of bytes, so that a batch of
 * messages costs one write.
 */
export class FrameEncoderStream
  extends TransformStream<Uint8Array | readonly Payload[], Uint8Array> {
  /** Makes a stream that prefixes what is written to it, into memory of this kind if one is named. */
  constructor(allocate?: Allocate) {
    super({
      transform(payloads, controller) {
        controller.enqueue(
          encodeFrames(payloads instanceof Uint8Array ? [payloads] : payloads, allocate),
        );
      },
    });
  }
}

import { ByteQueue } from "../bytes/mod.ts";
import { FrameTooLongError, TruncatedFrameError } from "./errors.ts";

/** Bytes of the length prefix. */
export const PREFIX_LENGTH = 4;

/**
 * Shorter chunks are left to be collected; the queue may have joined them in one memory. Whoever reads
 * chunks to be given back does best to make shorter ones no larger than they are.
 */
export const WORTH_GIVING_BACK: number = 64 * 1024;

/** What a {@linkcode FrameDecoder} accepts. */
export interface FrameDecoderOptions {
  /** The longest payload, in bytes; a longer one is refused as soon as its prefix is known. */
  readonly maxLength: number;
  /**
   * How long payloads are valid: `"kept"` for ever (the default), `"borrowed"` until the next chunk
   * is pushed. Each chunk must have memory of its own then.
   */
  readonly payloads?: "kept" | "borrowed";
  /** Takes the memory of chunks of which nothing is in use any more, where payloads are borrowed. */
  readonly onUsedUp?: (memory: ArrayBufferLike) => void;
}

/**
 * Cuts a stream of bytes into frames, whatever the chunks in which they arrive.
 *
 * ```text
 * <length: u32, big-endian><payload: length bytes>
 * ```
 *
 * A payload of no bytes is a frame like any other: on the peer wire it is the keep-alive of BEP 3.
 */
export class FrameDecoder {
  readonly #maxLength: number;
  readonly #queue: ByteQueue;
  readonly #onUsedUp: ((memory: ArrayBufferLike) => void) | undefined;
  /** Chunks of which the payloads of the last push may still be views. */
  #usedUp: Uint8Array[] = [];
  /** Length of the frame whose prefix was taken; `undefined` between frames. */
  #expected: number | undefined;

  /** Makes a decoder that stands at the start of a frame. */
  constructor(options: FrameDecoderOptions) {
    this.#maxLength = options.maxLength;
    this.#onUsedUp = options.onUsedUp;
    this.#queue = options.payloads === "borrowed"
      ? new ByteQueue((chunk) => this.#usedUp.push(chunk))
      : new ByteQueue();
  }

  /**
   * Takes the next chunk and gives the payloads that it completes, in order. A payload inside one
   * chunk is a view of it, so the chunk must not be overwritten while the payload is in use.
   *
   * @throws {FrameTooLongError} if a prefix exceeds the limit; the decoder is of no use afterwards
   */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#giveBack();
    this.#queue.push(chunk);
    const payloads: Uint8Array[] = [];
    while (true) {
      this.#expected ??= this.#takePrefix();
      if (this.#expected === undefined || this.#queue.length < this.#expected) return payloads;
      payloads.push(this.#queue.take(this.#expected));
      this.#expected = undefined;
    }
  }

  /**
   * States that no more bytes come.
   *
   * @throws {TruncatedFrameError} if a frame has begun and is not whole
   */
  end(): void {
    const wanted = this.#expected ?? (this.#queue.length > 0 ? PREFIX_LENGTH : 0);
    if (wanted > this.#queue.length) throw new TruncatedFrameError(wanted - this.#queue.length);
  }

  #giveBack(): void {
    for (const { buffer, length } of this.#usedUp) {
      if (length >= WORTH_GIVING_BACK) this.#onUsedUp?.(buffer);
    }
    this.#usedUp = [];
  }

  #takePrefix(): number | undefined {
    const length = this.#queue.peekUint32();
    if (length === undefined) return undefined;
    if (length > this.#maxLength) throw new FrameTooLongError(length, this.#maxLength);
    this.#queue.skip(PREFIX_LENGTH);
    return length;
  }
}

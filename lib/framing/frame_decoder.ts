import { ByteQueue } from "../bytes/mod.ts";
import { FrameTooLongError, TruncatedFrameError } from "./errors.ts";

/** Bytes of the length prefix. */
export const PREFIX_LENGTH = 4;

/**
 * Chunks that are shorter are left to be collected: their memory may be that in which the queue has
 * joined small ones, of 4 KiB. Whoever lends memory for chunks had best lend none for shorter ones.
 */
export const WORTH_GIVING_BACK: number = 5 * 1024;

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
  /** Lends the memory of payloads that span chunks, where payloads are borrowed; new by default. */
  readonly lender?: Lender;
}

/** Who has memory to lend. */
export interface Lender {
  /** Gives so many bytes with any content. */
  take(length: number): Uint8Array;
  /** Takes back what was taken, which is not used any more. */
  give(bytes: Uint8Array): void;
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
  readonly #lender: Lender | undefined;
  /** Chunks of which the payloads of the last push may still be views. */
  #usedUp: Uint8Array[] = [];
  /** The payload of the last push that spans chunks, in memory that was lent. */
  #joined: Uint8Array | undefined;
  /** Length of the frame whose prefix was taken; `undefined` between frames. */
  #expected: number | undefined;

  /** Makes a decoder that stands at the start of a frame. */
  constructor(options: FrameDecoderOptions) {
    this.#maxLength = options.maxLength;
    this.#onUsedUp = options.onUsedUp;
    const isBorrowed = options.payloads === "borrowed";
    this.#lender = isBorrowed ? options.lender : undefined;
    this.#queue = isBorrowed
      ? new ByteQueue({
        onUsedUp: (chunk) => this.#usedUp.push(chunk),
        allocate: (length) => this.#join(length),
      })
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
    if (this.#joined !== undefined) this.#lender?.give(this.#joined);
    this.#joined = undefined;
  }

  /** The payloads of one push have one end of a chunk among them at most, as all others are whole. */
  #join(length: number): Uint8Array {
    if (this.#lender === undefined) return new Uint8Array(length);
    this.#joined = this.#lender.take(length);
    return this.#joined;
  }

  #takePrefix(): number | undefined {
    const length = this.#queue.peekUint32();
    if (length === undefined) return undefined;
    if (length > this.#maxLength) throw new FrameTooLongError(length, this.#maxLength);
    this.#queue.skip(PREFIX_LENGTH);
    return length;
  }
}

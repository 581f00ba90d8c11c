/** Bytes of a pooled buffer: a run of 256 KiB with the headers of its blocks. */
export const POOLED_LENGTH: number = 256 * 1024 + 4 * 1024;

/** Bytes of a pooled buffer of one message: a block of 64 KiB with its header, or one of 16 KiB. */
const MESSAGE_LENGTH = 64 * 1024 + 16;

/** Buffers that wait to be used again; more are left to be collected. */
const MAX_WAITING = 24;

/**
 * Large buffers that are used again and again: a new one costs as much as the copying of its bytes,
 * for it must be cleared and its pages brought in.
 */
export class BufferPool {
  readonly #length: number;
  readonly #waiting: ArrayBuffer[] = [];
  /** Those that are out and whose users may not know where they come from. */
  readonly #lent = new WeakSet<ArrayBufferLike>();

  /** Makes a pool of buffers of a length, in bytes. */
  constructor(length: number = POOLED_LENGTH) {
    this.#length = length;
  }

  /** Bytes with any content, of a pooled buffer if they fit and are at least a quarter of one. */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.#length || length < this.#length / 4) return new Uint8Array(length);
    const buffer = this.#waiting.pop() ?? new ArrayBuffer(this.#length);
    this.#lent.add(buffer);
    return new Uint8Array(buffer, 0, length);
  }

  /** Takes back what was taken, which must not be used any more; what was not is left alone. */
  give(bytes: Uint8Array): void {
    if (this.#lent.delete(bytes.buffer)) this.adopt(bytes.buffer);
  }

  /**
   * Takes a buffer that was taken and has changed hands, as byte streams do; it must not be used any
   * more. Of another length it is left alone.
   */
  adopt(buffer: ArrayBufferLike): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== this.#length) return;
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(buffer);
    else buffer.transfer(0);
  }
}

/** The buffers of all connections. */
export const connectionBuffers: BufferPool = new BufferPool();

/** The buffers of messages that came in parts, and of short runs of blocks that are sent. */
export const messageBuffers: BufferPool = new BufferPool(MESSAGE_LENGTH);

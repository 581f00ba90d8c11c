import { WORTH_GIVING_BACK } from "../framing/mod.ts";

/**
 * Bytes of pooled buffers, the shortest first: for a block of 16 KiB, for blocks of 64 KiB together, and
 * for a run of blocks of 256 KiB, each with the headers of their messages.
 */
export const POOLED_LENGTHS: readonly [short: number, middle: number, long: number] = [
  16 * 1024 + 512,
  64 * 1024 + 1024,
  256 * 1024 + 4 * 1024,
];

/** Bytes of buffers of one length that wait to be used again; more are left to be collected. */
const MAX_WAITING = 6 << 20;

/**
 * Buffers that are used again and again: a new one costs as much as the copying of its bytes, for it
 * must be cleared and its pages brought in, and afterwards be found by the garbage collector.
 */
export class BufferPool {
  /** Those that wait, by their length, the shortest first. */
  readonly #waiting: ReadonlyMap<number, ArrayBuffer[]> = new Map(
    POOLED_LENGTHS.map((length) => [length, []]),
  );
  /** Those that are out and whose users may not know where they come from. */
  readonly #lent = new WeakSet<ArrayBufferLike>();

  /** Bytes with any content: of the shortest buffer that holds so many, or new if they are few or too many. */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (length >= WORTH_GIVING_BACK) {
      for (const [pooled, waiting] of this.#waiting) {
        if (length > pooled) continue;
        const buffer = waiting.pop() ?? new ArrayBuffer(pooled);
        this.#lent.add(buffer);
        return new Uint8Array(buffer, 0, length);
      }
    }
    return new Uint8Array(length);
  }

  /** Takes back what was taken, which must not be used any more; what was not is left alone. */
  give(bytes: Uint8Array): void {
    if (this.#lent.has(bytes.buffer)) this.adopt(bytes.buffer);
  }

  /**
   * Takes a buffer that was taken and has changed hands, as byte streams do; it must not be used any
   * more, nor be adopted or given back again. Of another length it is left alone.
   */
  adopt(buffer: ArrayBufferLike): void {
    this.#lent.delete(buffer);
    const waiting = this.#waiting.get(buffer.byteLength);
    if (waiting === undefined || !(buffer instanceof ArrayBuffer)) return;
    if ((waiting.length + 1) * buffer.byteLength <= MAX_WAITING) waiting.push(buffer);
    else buffer.transfer(0);
  }
}

/** The buffers of all connections. */
export const connectionBuffers: BufferPool = new BufferPool();

/** No bytes; they take the place of a chunk that is used up, so that its memory is free at once. */
const NOTHING = new Uint8Array(0);

/** Shorter chunks are collected when others wait: kept alone, a byte would cost 500 of memory. */
const SMALL = 512;

/** Bytes in which small chunks are collected. */
const COLLECTOR_LENGTH = 4096;

/** What is asked and told of the memory of a {@linkcode ByteQueue}. */
export interface ByteQueueOptions {
  /** Is shown each chunk when its last byte was removed; nobody by default. */
  readonly onUsedUp?: (chunk: Uint8Array) => void;
  /** Gives the memory into which bytes that span chunks are copied; new memory by default. */
  readonly allocate?: (length: number) => Uint8Array;
}

/**
 * Bytes in the order of their arrival, held as the chunks in which they came.
 *
 * Nothing is copied on the way in, but chunks of less than 512 bytes that find others waiting.
 * Taking bytes that lie inside one chunk gives a view of it; those that span chunks are copied, once.
 */
export class ByteQueue {
  readonly #chunks: Uint8Array[] = [];
  /** Chunks before this one are used up; they are dropped in bulk. */
  #first = 0;
  /** Bytes of the first chunk that are used up. */
  #offset = 0;
  #length = 0;
  #collector: Uint8Array = NOTHING;
  /** Bytes of the collector in use; the views of them that were given out stay as they are. */
  #collected = 0;

  readonly #onUsedUp: (chunk: Uint8Array) => void;
  readonly #allocate: (length: number) => Uint8Array;

  /** Makes an empty queue. */
  constructor({ onUsedUp, allocate }: ByteQueueOptions = {}) {
    this.#onUsedUp = onUsedUp ?? (() => undefined);
    this.#allocate = allocate ?? ((length) => new Uint8Array(length));
  }

  /** Bytes that wait. */
  get length(): number {
    return this.#length;
  }

  /** Adds a chunk, which must not change while it is queued. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (chunk.length < SMALL && this.#length > 0) this.#collect(chunk);
    else this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The next four bytes as an unsigned big-endian number, left in place; `undefined` if too few. */
  peekUint32(): number | undefined {
    if (this.#length < 4) return undefined;
    let value = 0;
    let chunk = this.#first;
    let offset = this.#offset;
    for (let taken = 0; taken < 4; taken++) {
      while (offset >= this.#chunks[chunk]!.length) {
        chunk++;
        offset = 0;
      }
      value = value * 256 + this.#chunks[chunk]![offset++]!;
    }
    return value;
  }

  /**
   * Removes the next `count` bytes.
   *
   * @throws {RangeError} if fewer wait, or the count is no count
   */
  take(count: number): Uint8Array {
    this.#check(count);
    if (count === 0) return NOTHING;
    const head = this.#chunks[this.#first];
    if (head !== undefined && head.length - this.#offset >= count) {
      const view = head.subarray(this.#offset, this.#offset + count);
      this.#advance(count);
      return view;
    }
    const bytes = this.#allocate(count);
    for (let at = 0; at < count;) {
      const chunk = this.#chunks[this.#first]!;
      const part = chunk.subarray(this.#offset, this.#offset + count - at);
      bytes.set(part, at);
      at += part.length;
      this.#advance(part.length);
    }
    return bytes;
  }

  /**
   * Drops the next `count` bytes.
   *
   * @throws {RangeError} if fewer wait, or the count is no count
   */
  skip(count: number): void {
    this.#check(count);
    while (count > 0) {
      const step = Math.min(count, this.#chunks[this.#first]!.length - this.#offset);
      this.#advance(step);
      count -= step;
    }
  }

  #check(count: number): void {
    if (!Number.isInteger(count) || count < 0 || count > this.#length) {
      throw new RangeError(`Cannot take ${count} bytes: ${this.#length} wait`);
    }
  }

  /** Copies a small chunk behind the last one, into the same view if that is of the collector. */
  #collect(chunk: Uint8Array): void {
    const last = this.#chunks.at(-1);
    let start = this.#collected;
    if (start + chunk.length > this.#collector.length) {
      this.#collector = new Uint8Array(COLLECTOR_LENGTH);
      this.#collected = start = 0;
    } else if (
      last?.buffer === this.#collector.buffer && last.byteOffset + last.length === start
    ) {
      this.#chunks.pop();
      start = last.byteOffset;
    }
    this.#collector.set(chunk, this.#collected);
    this.#collected += chunk.length;
    this.#chunks.push(this.#collector.subarray(start, this.#collected));
  }

  /** Moves on inside the first chunk, by no more than what is left of it. */
  #advance(count: number): void {
    this.#length -= count;
    this.#offset += count;
    if (this.#offset < (this.#chunks[this.#first]?.length ?? 0)) return;
    const usedUp = this.#chunks[this.#first];
    if (usedUp !== undefined) {
      this.#chunks[this.#first++] = NOTHING;
      this.#onUsedUp(usedUp);
    }
    this.#offset = 0;
    if (this.#first === this.#chunks.length || this.#first > 64 + this.#chunks.length / 2) {
      this.#chunks.splice(0, this.#first);
      this.#first = 0;
    }
  }
}

import { ByteQueue } from "../../bytes/mod.ts";
import { WORTH_GIVING_BACK } from "../../framing/mod.ts";
import { connectionBuffers } from "../buffer_pool.ts";

/** The bytes that arrive at a connection, read as they come and taken in the lengths that are asked for. */
export class ByteSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #queue: ByteQueue = new ByteQueue({
    onUsedUp: (chunk) => this.#usedUp.push(chunk),
  });
  #usedUp: Uint8Array[] = [];

  /** Makes the source of a stream, which is locked from now on. */
  constructor(readable: ReadableStream<Uint8Array>) {
    this.#reader = readable.getReader();
    this.#reader.closed.catch(() => undefined);
  }

  /** Bytes that have arrived and were not taken. */
  get length(): number {
    return this.#queue.length;
  }

  /** Waits for more bytes; tells whether there will be more. */
  async fill(): Promise<"more" | "end"> {
    const { value } = await this.#reader.read();
    if (value === undefined) return "end";
    this.#queue.push(value);
    return "more";
  }

  /** Waits until so many bytes have arrived, or tells that they do not. */
  async fillTo(count: number): Promise<"more" | "end"> {
    while (this.#queue.length < count) {
      if (await this.fill() === "end") return "end";
    }
    return "more";
  }

  /** Takes bytes that have arrived; they are valid until {@linkcode ByteSource.giveBack}. */
  take(count: number): Uint8Array {
    return this.#queue.take(count);
  }

  /** States that what was taken is not used any more, so that its memory is free for others. */
  giveBack(): void {
    for (const { buffer, length } of this.#usedUp) {
      if (length >= WORTH_GIVING_BACK) connectionBuffers.adopt(buffer);
    }
    this.#usedUp = [];
  }
}

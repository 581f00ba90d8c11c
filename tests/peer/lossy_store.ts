import type { PieceIndex } from "../../lib/bytes/mod.ts";
import type { PieceStore } from "../../lib/storage/mod.ts";

/** A store that loses pieces when it is told to, as one does whose file was changed underneath. */
export class LossyStore implements PieceStore {
  readonly info;
  readonly wanted;
  readonly held;
  readonly lost: ReadableStream<PieceIndex>;
  /** Puts of each piece. */
  readonly puts = new Map<PieceIndex, number>();
  readonly #inner: PieceStore;
  #losses!: ReadableStreamDefaultController<PieceIndex>;

  constructor(inner: PieceStore) {
    this.#inner = inner;
    this.info = inner.info;
    this.wanted = inner.wanted;
    this.held = inner.held;
    this.lost = new ReadableStream({ start: (controller) => void (this.#losses = controller) });
  }

  lose(index: PieceIndex): void {
    this.held.clear(index);
    this.#losses.enqueue(index);
  }

  put(index: PieceIndex, data: Uint8Array): Promise<"held" | "mismatch"> {
    this.puts.set(index, (this.puts.get(index) ?? 0) + 1);
    return this.#inner.put(index, data);
  }

  read(index: PieceIndex, begin: number, target: Uint8Array): Promise<void> {
    return this.#inner.read(index, begin, target);
  }

  stream(index: PieceIndex, begin: number, length: number): ReadableStream<Uint8Array> {
    return this.#inner.stream(index, begin, length);
  }

  finish(): Promise<string> {
    return this.#inner.finish();
  }

  async close(): Promise<void> {
    this.#losses.close();
    await this.#inner.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

import { formatAddress, type PeerAddress } from "./address.ts";

/**
 * Addresses on their way to one reader: all that came since it read last, each once. While nobody
 * reads they gather, the latest ones if they are more than there is room for.
 */
export class AddressQueue {
  /** What waits, as often as something does; ends when the queue is closed and empty. */
  readonly stream: ReadableStream<PeerAddress[]>;
  readonly #room: number;
  readonly #waiting = new Map<string, PeerAddress>();
  #phase: "open" | "unread" | "closed" = "open";
  #changed = Promise.withResolvers<void>();

  /** Makes an empty queue with room for so many addresses. */
  constructor(room: number) {
    this.#room = room;
    this.stream = new ReadableStream<PeerAddress[]>({
      pull: (controller) => this.#pull(controller),
      cancel: () => {
        this.#phase = "unread";
        this.#waiting.clear();
      },
    }, { highWaterMark: 0 });
  }

  /** Whether what is added is read, as far as anybody knows. */
  get isOpen(): boolean {
    return this.#phase === "open";
  }

  /** Adds addresses. Once the queue is closed, or nobody will read, it does nothing. */
  add(addresses: Iterable<PeerAddress>): void {
    if (!this.isOpen) return;
    for (const address of addresses) {
      this.#waiting.set(formatAddress(address), address);
      const [oldest] = this.#waiting.keys();
      if (this.#waiting.size > this.#room && oldest !== undefined) this.#waiting.delete(oldest);
    }
    this.#wake();
  }

  /** Takes back an address, if it waits. */
  remove(address: PeerAddress): void {
    this.#waiting.delete(formatAddress(address));
  }

  /** Takes back all that wait. */
  clear(): void {
    this.#waiting.clear();
  }

  /** Ends the stream when what waits has been read. */
  close(): void {
    this.#phase = "closed";
    this.#wake();
  }

  async #pull(controller: ReadableStreamDefaultController<PeerAddress[]>): Promise<void> {
    while (this.isOpen && this.#waiting.size === 0) await this.#changed.promise;
    if (this.#waiting.size > 0) controller.enqueue([...this.#waiting.values()]);
    else controller.close();
    this.#waiting.clear();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** Bytes that may wait at one end of a pipe before the writer, or the link, waits too. */
export const PIPE_WINDOW: number = 256 * 1024;

/** What takes the bytes of a pipe from the host that sends to the one that receives. */
export interface PipeCarrier {
  /** So many bytes that wait to be carried make a write wait. */
  readonly sendWindow: number;
  /** Is called when the pipe has something to carry. */
  readonly onWaiting: (pipe: MemoryPipe) => void;
}

/** Carries everything at once, for which the receiver has room. */
export const INSTANT_CARRIER: PipeCarrier = {
  sendWindow: 1,
  onWaiting: (pipe) => {
    const bytes = pipe.waiting;
    pipe.depart(bytes);
    pipe.arrive(bytes);
  },
};

/**
 * One direction of a connection in memory. Bytes wait at the sender until they are carried, travel,
 * and wait at the receiver until they are read; at most a window of them is at each end.
 */
export class MemoryPipe {
  readonly #carrier: PipeCarrier;
  readonly #sent: Uint8Array[] = [];
  readonly #arrived: Uint8Array[] = [];
  #sentBytes = 0;
  #travellingBytes = 0;
  #arrivedBytes = 0;
  #state: "open" | "ended" | "broken" = "open";
  #changed = Promise.withResolvers<void>();

  /** Makes an empty pipe. */
  constructor(carrier: PipeCarrier) {
    this.#carrier = carrier;
  }

  /** Bytes that were written and may be carried now: the receiver has room for them. */
  get waiting(): number {
    const room = PIPE_WINDOW - this.#travellingBytes - this.#arrivedBytes;
    return Math.max(0, Math.min(this.#sentBytes - this.#travellingBytes, room));
  }

  /** Lets so many of the bytes that wait set out; they arrive by {@linkcode arrive}, in order. */
  depart(bytes: number): void {
    this.#travellingBytes += bytes;
  }

  /** Lets so many of the bytes that have set out arrive. */
  arrive(bytes: number): void {
    // What was discarded while it travelled does not arrive.
    let left = Math.min(bytes, this.#travellingBytes);
    this.#travellingBytes -= left;
    this.#sentBytes -= left;
    this.#arrivedBytes += left;
    while (left > 0) {
      const chunk = this.#sent[0]!;
      const part = chunk.subarray(0, left);
      if (part.length === chunk.length) this.#sent.shift();
      else this.#sent[0] = chunk.subarray(part.length);
      this.#arrived.push(part);
      left -= part.length;
    }
    this.#notify();
  }

  /** The next bytes; `undefined` at the end. */
  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (this.#arrived.length === 0 && !this.#isOver) await this.#changed.promise;
    const chunk = this.#arrived.shift();
    if (chunk === undefined) return undefined;
    this.#arrivedBytes -= chunk.length;
    this.#notify();
    this.#offer();
    return new Uint8Array(chunk);
  }

  /**
   * Writes bytes, which are the pipe's from now on.
   *
   * @throws {Deno.errors.BrokenPipe} if the connection is closed
   */
  async write(bytes: Uint8Array): Promise<void> {
    const { sendWindow } = this.#carrier;
    while (this.#sentBytes >= sendWindow && this.#state === "open") await this.#changed.promise;
    if (this.#state !== "open") {
      throw new Deno.errors.BrokenPipe("Cannot write: the connection is closed");
    }
    if (bytes.length === 0) return;
    this.#sent.push(bytes);
    this.#sentBytes += bytes.length;
    this.#offer();
  }

  /** No more is written; what waits is still read. */
  end(): void {
    if (this.#state === "open") this.#state = "ended";
    this.#notify();
  }

  /** The writer closed: writing fails from now on; what waits is still read. */
  break(): void {
    this.#state = "broken";
    this.#notify();
  }

  /** The reader closed: what waits is lost and reading ends; writing fails from now on. */
  discard(): void {
    this.#sent.length = this.#arrived.length = 0;
    this.#sentBytes = this.#travellingBytes = this.#arrivedBytes = 0;
    this.break();
  }

  get #isOver(): boolean {
    return this.#state !== "open" && this.#sentBytes === 0;
  }

  #offer(): void {
    if (this.waiting > 0) this.#carrier.onWaiting(this);
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

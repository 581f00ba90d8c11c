/** What a {@linkcode Feed} is told. */
export interface FeedOptions {
  /** Items that wait for the reader at most. */
  readonly capacity: number;
}

/**
 * News for whoever reads it: a stream that never makes its source wait. What the reader is too late
 * for is lost, the newest items first.
 */
export class Feed<T> {
  /** The news, for one reader. */
  readonly readable: ReadableStream<T>;
  #controller: ReadableStreamDefaultController<T> | undefined = undefined;

  /** Makes a feed with nothing in it. */
  constructor(options: FeedOptions) {
    this.readable = new ReadableStream<T>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#controller = undefined;
      },
    }, { highWaterMark: options.capacity });
  }

  /** Adds an item, if there is room and somebody may still read it. */
  offer(item: T): void {
    if ((this.#controller?.desiredSize ?? 0) > 0) this.#controller?.enqueue(item);
  }

  /** Ends the stream behind what waits in it. Can be repeated. */
  end(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }
}

import { TextLineStream } from "@std/streams/text-line-stream";

/** The lines that a process prints: those that came, and those that are waited for. */
export class Lines {
  /** Every line so far. */
  readonly all: string[] = [];
  /** Resolves when there will be no more. */
  readonly ended: Promise<void>;
  #state: "open" | "ended" = "open";
  #news = Promise.withResolvers<void>();

  /** Reads a stream to its end. */
  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.ended = this.#read(stream);
  }

  /** What `pick` makes of the first line from a position on of which it makes something. */
  async first<T>(pick: (line: string) => T | undefined, from = 0): Promise<T | undefined> {
    for (let at = from;; at++) {
      while (at >= this.all.length && this.#state === "open") await this.#news.promise;
      const line = this.all[at];
      if (line === undefined) return undefined;
      const picked = pick(line);
      if (picked !== undefined) return picked;
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of lines) {
      this.all.push(line);
      this.#wake();
    }
    this.#state = "ended";
    this.#wake();
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

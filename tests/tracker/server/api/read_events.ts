/** An event as a page gets it. */
export interface ReadEvent {
  readonly event: string;
  readonly id: string;
  // deno-lint-ignore no-explicit-any
  readonly data: any;
}

/** Reads a stream of events (HTML Standard, server-sent events), comments left out. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";
  /** Comments so far. */
  comments = 0;

  /** Takes over the body of an answer. */
  constructor({ body }: Response) {
    const decoder = new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>;
    this.#reader = body!.pipeThrough(decoder).getReader();
  }

  /** The next event; nothing at the end. */
  async next(): Promise<ReadEvent | undefined> {
    while (true) {
      const end = this.#text.indexOf("\n\n");
      if (end < 0) {
        const { value, done } = await this.#reader.read();
        if (done) return undefined;
        this.#text += value;
        continue;
      }
      const block = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      if (block.startsWith(":")) this.comments++;
      const fields = new Map(
        block.split("\n").map((line) => /^(\w*): ?(.*)$/.exec(line)?.slice(1) as [string, string]),
      );
      const data = fields.get("data");
      if (data === undefined) continue;
      const [event, id] = [fields.get("event") ?? "", fields.get("id") ?? ""];
      return { event, id, data: JSON.parse(data) };
    }
  }

  /** The data of the next event of a kind, whatever comes before it. */
  // deno-lint-ignore no-explicit-any
  async nextOf(kind: string): Promise<any> {
    while (true) {
      const next = await this.next();
      if (next === undefined) throw new Error(`the events ended before one of ${kind}`);
      if (next.event === kind) return next.data;
    }
  }

  /** Goes away. */
  async close(): Promise<void> {
    await this.#reader.cancel();
  }
}

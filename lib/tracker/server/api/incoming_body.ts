import { type Clock, sleep } from "../../../net/mod.ts";
import { DRAIN_TIMEOUT_MS, MAX_DRAINED_BYTES } from "../../limits.ts";

/** The body of a request, of which it is known how it ended; a signal ends it early. */
export class IncomingBody implements Disposable {
  /** The bytes; who cancels them leaves what has not been read to be drained. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What has become of it. */
  state: "coming" | "whole" | "broken off" = "coming";
  /** Is told when all of it has come. */
  onWhole: () => void = () => {};
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #ignoreSignal: () => void;

  /** Makes one of which nothing was read. */
  constructor(body: ReadableStream<Uint8Array> | null, signal: AbortSignal) {
    this.#reader = body?.getReader();
    const end = (): void => this.#breakOff();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    this.#ignoreSignal = () => signal.removeEventListener("abort", end);
    this.readable = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const bytes = await this.#read();
          if (bytes !== undefined) return controller.enqueue(bytes);
          if (this.state !== "whole") throw new Error("The tracker was closed");
          this.onWhole();
          controller.close();
        } catch (error) {
          this.state = "broken off";
          controller.error(error);
        }
      },
    }, { highWaterMark: 0 });
  }

  /** Reads what has not been read, as far and as long as it is worth it. Never fails. */
  async drain(clock: Clock): Promise<void> {
    const over = new AbortController();
    const late = sleep(clock, DRAIN_TIMEOUT_MS, over.signal).then(() => "late" as const);
    let left = MAX_DRAINED_BYTES;
    try {
      while (this.state === "coming" && left > 0) {
        const bytes = await Promise.race([this.#read(), late]);
        if (bytes === "late") return;
        left -= bytes?.length ?? 0;
      }
    } catch {
      // Whoever breaks off hears nothing anyhow.
      this.state = "broken off";
    } finally {
      over.abort();
    }
  }

  [Symbol.dispose](): void {
    this.#ignoreSignal();
    if (this.state === "coming") this.#breakOff();
  }

  /** The next bytes; nothing at the end. */
  async #read(): Promise<Uint8Array | undefined> {
    const { value } = await this.#reader?.read() ?? {};
    if (value === undefined && this.state === "coming") this.state = "whole";
    return value;
  }

  #breakOff(): void {
    this.state = "broken off";
    this.#reader?.cancel().catch(() => undefined); // It may have failed meanwhile, which is as well.
  }
}

import { systemClock } from "../../net/mod.ts";
import { holdTerminal } from "../terminal.ts";
import { type Key, KeyDecoder } from "./keys.ts";

/**
 * The keys that somebody presses. Ctrl-C goes on to end the program. Where standard input is no
 * terminal there are none.
 */
export class Keyboard implements Disposable {
  readonly #isThere = Deno.stdin.isTerminal();
  readonly #hold: Disposable;
  readonly #reader = this.#isThere ? Deno.stdin.readable.getReader() : undefined;

  /** Calls `onKey` for each key, until it is disposed of. */
  constructor(onKey: (key: Key) => void) {
    this.resume();
    this.#hold = holdTerminal(() => this.pause());
    void this.#read(onKey);
  }

  /** Lets the terminal gather whole lines again, for a while. */
  pause(): void {
    if (this.#isThere) Deno.stdin.setRaw(false);
  }

  /** Has each key sent at once, again after `pause`. */
  resume(): void {
    // Windows has no mode in which Ctrl-C is still a signal; there it is a key.
    if (this.#isThere) Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
  }

  /** Listens no more. */
  [Symbol.dispose](): void {
    this.#hold[Symbol.dispose]();
    this.pause();
    this.#reader?.cancel().catch(() => undefined); // the program ends, whatever becomes of its input
  }

  async #read(onKey: (key: Key) => void): Promise<void> {
    const decoder = new TextDecoder();
    using keys = new KeyDecoder(systemClock, onKey);
    try {
      while (true) {
        const read = await this.#reader?.read();
        if (read === undefined || read.done) return;
        keys.take(decoder.decode(read.value, { stream: true }));
      }
    } catch (error) {
      // A terminal that has gone away presses no keys; the end of the program comes by a signal.
      if (!(error instanceof Deno.errors.BadResource || error instanceof TypeError)) throw error;
    }
  }
}

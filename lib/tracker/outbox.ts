import { encodeFrame } from "../framing/mod.ts";
import type { Connection } from "../net/mod.ts";
import { type Body, encodeMessage, type Message } from "./protocol/mod.ts";

/**
 * The way out of one connection. What waits is bounded: a reader so slow that more would wait is given
 * up, and its connection closed.
 */
export class Outbox {
  readonly #connection: Connection;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #maxBytes: number;
  #waiting = 0;

  /** Takes over the writing side of a connection, on which at most `maxBytes` may wait. */
  constructor(connection: Connection, maxBytes: number) {
    this.#connection = connection;
    this.#writer = connection.writable.getWriter();
    this.#maxBytes = maxBytes;
    this.#writer.closed.catch(endsWithTheConnection);
  }

  /**
   * Sends a message; done when the operating system has taken it. A message that need not be waited
   * for may be left alone: if it cannot be sent, the connection ends, and its reader sees that.
   */
  send(message: Message<Body>): Promise<void> {
    const frame = encodeFrame(encodeMessage(message));
    this.#waiting += frame.length;
    if (this.#waiting > this.#maxBytes) this.#connection.close();
    const sent = this.#writer.write(frame).then(() => {
      this.#waiting -= frame.length;
    });
    sent.catch(endsWithTheConnection);
    return sent;
  }

  /** Says that nothing more comes, once all was sent. */
  async close(): Promise<void> {
    await this.#writer.close().catch(endsWithTheConnection);
  }
}

/** A connection that cannot be written to has ended, which the loop that reads it deals with. */
function endsWithTheConnection(): void {}

import { WORTH_GIVING_BACK } from "../framing/mod.ts";
import { foldMapped, type PeerAddress } from "./address.ts";
import { connectionBuffers, POOLED_LENGTHS } from "./buffer_pool.ts";
import type { Connection } from "./transport.ts";

/** Bytes asked of the operating system at once, at first and while little comes. */
const MIN_READ_SIZE = 4 * 1024;

/** Bytes asked of the operating system at once, the more the more comes. */
const READ_SIZES: readonly number[] = [MIN_READ_SIZE, ...POOLED_LENGTHS];

/**
 * Reads in a row that hardly fill the buffer until it gets smaller. If one were enough, bursts that are
 * a little longer than a size would take two reads each: one fills the smaller buffer, and the next hardly
 * fills the larger one.
 */
const LITTLE_READS = 4;

/** A socket of the runtime: TCP, or TLS over it. */
export interface StreamSocket extends Pick<Deno.Conn, "read" | "write" | "close" | "closeWrite"> {
  /** Our end. */
  readonly localAddr: Deno.NetAddr;
  /** The other end. */
  readonly remoteAddr: Deno.NetAddr;
}

/** A connection over a socket of the runtime, which it closes. */
export class SocketConnection implements Connection {
  /** The bytes that arrive. */
  readonly readable: ReadableStream<Uint8Array>;
  /** The bytes to send. */
  readonly writable: WritableStream<Uint8Array>;
  /** Our end. */
  readonly local: PeerAddress;
  /** The other end. */
  readonly remote: PeerAddress;
  readonly #conn: StreamSocket;
  #state: "open" | "closed" = "open";
  /** What the next read fills: little while little comes, as most connections wait. */
  #buffer = new Uint8Array(MIN_READ_SIZE);
  /** Reads in a row that filled less than a quarter of it. */
  #little = 0;
  /** Fails the write that is under way: the runtime leaves it waiting when the socket is closed. */
  #failWrite: (error: Error) => void = () => undefined;

  /** Takes over a socket that is connected. */
  constructor(conn: StreamSocket) {
    this.#conn = conn;
    this.local = { host: foldMapped(conn.localAddr.hostname), port: conn.localAddr.port };
    this.remote = { host: foldMapped(conn.remoteAddr.hostname), port: conn.remoteAddr.port };
    // The runtime's own `conn.readable` closes both directions when the other side half-closes.
    this.readable = new ReadableStream({
      type: "bytes",
      pull: (controller) => this.#pull(controller),
      cancel: () => this.close(),
    });
    this.writable = new WritableStream({
      write: (bytes) => this.#write(bytes),
      close: () => this.#closeWrite(),
      abort: () => this.close(),
    });
  }

  /** Closes both directions at once. Can be repeated. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#conn.close();
    this.#failWrite(brokenPipe());
  }

  /** The same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Each chunk has its own memory, for a byte stream takes it over. */
  async #pull(controller: ReadableByteStreamController): Promise<void> {
    const request = controller.byobRequest;
    const view = request?.view;
    if (request !== null && view instanceof Uint8Array) {
      const count = await this.#read(view);
      if (count === 0) controller.close();
      return request.respond(count);
    }
    const buffer = this.#buffer;
    let count = 0;
    try {
      count = await this.#read(buffer);
    } finally {
      if (count === 0) connectionBuffers.give(buffer);
    }
    if (count === 0) return controller.close();
    const size = this.#nextSize(count);
    if (count < buffer.length / 4 || count < WORTH_GIVING_BACK) {
      // A view would keep all of the buffer for little.
      controller.enqueue(buffer.slice(0, count));
      if (size === buffer.length) return;
      connectionBuffers.give(buffer);
    } else controller.enqueue(buffer.subarray(0, count));
    this.#buffer = connectionBuffers.take(size);
  }

  /** More after a read that filled the buffer, less after some in a row that hardly did. */
  #nextSize(count: number): number {
    const { length } = this.#buffer;
    this.#little = count < length / 4 ? this.#little + 1 : 0;
    if (count === length) return READ_SIZES.find((size) => size > length) ?? length;
    if (this.#little < LITTLE_READS) return length;
    this.#little = 0;
    return READ_SIZES.find((size) => size > count) ?? length;
  }

  /** Reads some bytes; 0 at the end of the stream and after `close`. */
  async #read(target: Uint8Array): Promise<number> {
    if (this.#state === "closed") return 0;
    try {
      return await this.#conn.read(target) ?? 0;
    } catch (error) {
      if ((this.#state as string) === "closed") return 0;
      throw error;
    }
  }

  #write(bytes: Uint8Array): Promise<void> {
    if (this.#state === "closed") return Promise.reject(brokenPipe());
    return new Promise((resolve, reject) => {
      this.#failWrite = reject;
      this.#sendAll(bytes).then(resolve, reject);
    });
  }

  async #sendAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    connectionBuffers.give(bytes);
  }

  async #closeWrite(): Promise<void> {
    if (this.#state === "open") await this.#conn.closeWrite();
  }
}

function brokenPipe(): Error {
  return new Deno.errors.BrokenPipe("Cannot write: the connection is closed");
}

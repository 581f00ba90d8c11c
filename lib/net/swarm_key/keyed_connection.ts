import type { PeerAddress } from "../address.ts";
import { connectionBuffers } from "../buffer_pool.ts";
import type { Connection } from "../transport.ts";
import { ByteSource } from "./byte_source.ts";
import { SwarmKeyError, TamperedStreamError } from "./errors.ts";
import { type KeyedChannel, type ProofOptions, proveKey } from "./prove_key.ts";
import { RecordError, sealEndNow, sealRecords } from "./records.ts";

/** What a {@linkcode KeyedConnection} needs. */
export interface KeyedConnectionOptions extends Pick<ProofOptions, "key" | "role" | "clock"> {
  /** Is told when the other side does not prove that it knows the key. */
  readonly onRefused: (error: SwarmKeyError) => void;
}

/**
 * A connection on which both sides prove that they know a key, and which encrypts and authenticates
 * all that goes over it.
 *
 * The proof begins at once; reading and writing wait for it. If it fails, both fail with
 * `SwarmKeyError`, and the connection is closed. Reading fails with `TamperedStreamError` if what
 * arrives is not what was sent, also if it is less; nothing of a record is read before all of it is
 * checked. Who goes without having proved anything has sent nothing: there reading ends.
 */
export class KeyedConnection implements Connection {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly local: PeerAddress;
  readonly remote: PeerAddress;
  readonly #inner: Connection;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** Both directions, once the other side has proved itself; `undefined` if it went. */
  readonly #proved: Promise<KeyedChannel | undefined>;
  #channel: KeyedChannel | undefined;
  #state: "open" | "closed" = "open";
  /** What is done to our direction; while a write is under way, it cannot be ended. */
  #sending: "nothing" | "a write" | "ended" = "nothing";

  /** Takes a connection over and begins with the proof. */
  constructor(inner: Connection, options: KeyedConnectionOptions) {
    this.#inner = inner;
    this.local = inner.local;
    this.remote = inner.remote;
    this.#writer = inner.writable.getWriter();
    this.#writer.closed.catch(() => undefined);
    this.#proved = this.#prove(options);
    this.#proved.catch(() => undefined);
    this.readable = new ReadableStream({
      type: "bytes",
      pull: (controller) => this.#pull(controller),
      cancel: () => this.close(),
    });
    this.writable = new WritableStream({
      write: (bytes) => this.#write(bytes),
      close: () => this.#end(),
      abort: () => this.close(),
    });
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    if (this.#channel !== undefined && this.#sending === "nothing") {
      const end = sealEndNow(this.#channel.sending);
      // The transport hands it on before it closes, or, if it has no room, never.
      if (end !== undefined) this.#writer.write(end).catch(() => undefined);
    }
    this.#inner.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #prove(options: KeyedConnectionOptions): Promise<KeyedChannel | undefined> {
    try {
      const channel = await proveKey({
        ...options,
        source: new ByteSource(this.#inner.readable),
        remote: this.remote,
        send: (bytes) => this.#writer.write(bytes),
      });
      this.#channel = channel;
      return channel;
    } catch (error) {
      // Whoever closed the connection here knows why there is no proof.
      if (this.#state === "closed") return undefined;
      this.close();
      if (error instanceof SwarmKeyError && isSomebody(error, options)) options.onRefused(error);
      throw error;
    }
  }

  async #pull(controller: ReadableByteStreamController): Promise<void> {
    const data = await this.#read();
    if (data !== undefined) return controller.enqueue(data);
    controller.close();
    controller.byobRequest?.respond(0);
  }

  async #read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const channel = await this.#proved;
      const data = await channel?.records.read();
      return this.#state === "open" ? data as Uint8Array<ArrayBuffer> | undefined : undefined;
    } catch (error) {
      if (error instanceof SwarmKeyError) throw error;
      if (this.#state === "closed") return undefined;
      this.close();
      if (!(error instanceof RecordError)) throw error;
      throw new TamperedStreamError(this.remote, error.message, { cause: error });
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const channel = await this.#open();
    if (bytes.length === 0) return;
    this.#sending = "a write";
    const sealing = sealRecords(channel.sending, bytes);
    connectionBuffers.give(bytes);
    await this.#writer.write(await sealing);
    this.#sending = "nothing";
  }

  async #end(): Promise<void> {
    if (this.#state === "closed") return;
    const channel = await this.#open();
    this.#sending = "ended";
    await this.#writer.write(await sealRecords(channel.sending, new Uint8Array(0)));
    await this.#writer.close();
  }

  /** Waits until data may be sent. */
  async #open(): Promise<KeyedChannel> {
    const channel = await this.#proved;
    if (channel !== undefined && this.#state === "open") return channel;
    throw new Deno.errors.BrokenPipe("Cannot write: the connection is closed");
  }
}

/** Whether it is worth a word: not if one dialled us and never said anything. */
function isSomebody({ fault }: SwarmKeyError, { role }: KeyedConnectionOptions): boolean {
  return role === "initiator" || fault === "wrong";
}

import type { PeerAddress } from "./address.ts";
import {
  type Connection,
  type Listener,
  ListenerClosedError,
  type Transport,
} from "./transport.ts";

/** Bytes that may wait in one direction of a connection before a write waits too. */
const WINDOW = 256 * 1024;

/** The first port that is given to a listener or a caller that asks for none. */
const FIRST_FREE_PORT = 49_152;

/**
 * A network inside the process: hosts that reach each other by name, for tests and simulations.
 *
 * It keeps what matters of TCP: order, half-close, back-pressure, refusal, and a write to a closed
 * connection that fails.
 */
export class MemoryNetwork {
  readonly #listeners = new Map<string, MemoryListener>();
  readonly #unreachable = new Set<string>();
  readonly #connections = new Set<MemoryConnection>();
  #nextPort = FIRST_FREE_PORT;

  /** A transport that listens and dials as the host of this name. */
  host(name: string): Transport {
    return {
      listen: ({ port }) => this.#listen({ host: name, port }),
      dial: (address, options) => this.#dial(name, address, options?.signal),
    };
  }

  /** Cuts a host off, as a crash of the machine does: its connections break, dials to it fail. */
  unplug(name: string): void {
    this.#unreachable.add(name);
    for (const connection of this.#connections) {
      if (connection.local.host === name || connection.remote.host === name) connection.close();
    }
  }

  /** Lets a host that was cut off be reached again. */
  plugIn(name: string): void {
    this.#unreachable.delete(name);
  }

  #listen(address: PeerAddress): Listener {
    const port = address.port === 0 ? this.#nextPort++ : address.port;
    const key = `${address.host}:${port}`;
    if (this.#listeners.has(key)) {
      throw new Deno.errors.AddrInUse(`Cannot listen at ${key}: the address is in use`);
    }
    const listener = new MemoryListener(
      { host: address.host, port },
      () => this.#listeners.delete(key),
    );
    this.#listeners.set(key, listener);
    return listener;
  }

  async #dial(from: string, to: PeerAddress, signal?: AbortSignal): Promise<Connection> {
    await Promise.resolve();
    signal?.throwIfAborted();
    const listener = this.#listeners.get(`${to.host}:${to.port}`);
    if (listener === undefined || this.#unreachable.has(to.host) || this.#unreachable.has(from)) {
      throw new Deno.errors.ConnectionRefused(`Cannot connect to ${to.host}:${to.port}: refused`);
    }
    const local = { host: from, port: this.#nextPort++ };
    const forget = (connection: MemoryConnection): void =>
      void this.#connections.delete(connection);
    const [ours, theirs] = connect(local, to, forget);
    this.#connections.add(ours).add(theirs);
    listener.deliver(theirs);
    return ours;
  }
}

/**
 * A connection inside the process between two ends that have these addresses: what one end writes the
 * other one reads, as over TCP.
 */
export function connectInMemory(one: PeerAddress, other: PeerAddress): [Connection, Connection] {
  return connect(one, other, () => undefined);
}

function connect(
  one: PeerAddress,
  other: PeerAddress,
  forget: (connection: MemoryConnection) => void,
): [MemoryConnection, MemoryConnection] {
  const there = new Pipe();
  const back = new Pipe();
  return [
    new MemoryConnection({ local: one, remote: other, incoming: back, outgoing: there, forget }),
    new MemoryConnection({ local: other, remote: one, incoming: there, outgoing: back, forget }),
  ];
}

class MemoryListener implements Listener {
  readonly address: PeerAddress;
  readonly #onClose: () => void;
  readonly #waiting: Connection[] = [];
  readonly #accepting: PromiseWithResolvers<Connection>[] = [];
  #state: "open" | "closed" = "open";

  constructor(address: PeerAddress, onClose: () => void) {
    this.address = address;
    this.#onClose = onClose;
  }

  deliver(connection: Connection): void {
    const accepting = this.#accepting.shift();
    if (accepting !== undefined) accepting.resolve(connection);
    else this.#waiting.push(connection);
  }

  accept(): Promise<Connection> {
    if (this.#state === "closed") return Promise.reject(new ListenerClosedError());
    const connection = this.#waiting.shift();
    if (connection !== undefined) return Promise.resolve(connection);
    const accepting = Promise.withResolvers<Connection>();
    this.#accepting.push(accepting);
    return accepting.promise;
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#onClose();
    for (const accepting of this.#accepting) accepting.reject(new ListenerClosedError());
    for (const connection of this.#waiting) connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

interface MemoryConnectionOptions {
  readonly local: PeerAddress;
  readonly remote: PeerAddress;
  readonly incoming: Pipe;
  readonly outgoing: Pipe;
  readonly forget: (connection: MemoryConnection) => void;
}

class MemoryConnection implements Connection {
  readonly local: PeerAddress;
  readonly remote: PeerAddress;
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #options: MemoryConnectionOptions;

  constructor(options: MemoryConnectionOptions) {
    this.#options = options;
    this.local = options.local;
    this.remote = options.remote;
    this.readable = new ReadableStream({
      type: "bytes",
      async pull(controller) {
        const bytes = await options.incoming.read();
        if (bytes !== undefined) {
          controller.enqueue(bytes);
        } else {
          controller.close();
          controller.byobRequest?.respond(0);
        }
      },
      cancel: () => this.close(),
    });
    this.writable = new WritableStream({
      write: (bytes) => options.outgoing.write(bytes.slice()),
      close: () => options.outgoing.end(),
      abort: () => this.close(),
    });
  }

  close(): void {
    this.#options.incoming.discard();
    this.#options.outgoing.break();
    this.#options.forget(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** One direction of a connection: at most a window of bytes waits between writer and reader. */
class Pipe {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #state: "open" | "ended" | "broken" = "open";
  #changed = Promise.withResolvers<void>();

  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (this.#chunks.length === 0 && this.#state === "open") await this.#changed.promise;
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return undefined;
    this.#size -= chunk.length;
    this.#notify();
    return new Uint8Array(chunk);
  }

  async write(bytes: Uint8Array): Promise<void> {
    while (this.#size >= WINDOW && this.#state === "open") await this.#changed.promise;
    if (this.#state !== "open") {
      throw new Deno.errors.BrokenPipe("Cannot write: the connection is closed");
    }
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    this.#notify();
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
    this.#chunks.length = 0;
    this.#size = 0;
    this.break();
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

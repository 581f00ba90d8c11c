import type { PeerAddress } from "./address.ts";
import { INSTANT_CARRIER, MemoryPipe, type PipeCarrier } from "./memory_pipe.ts";
import type { RatedLinks } from "./rated_links.ts";
import {
  type Connection,
  type Listener,
  ListenerClosedError,
  type Transport,
} from "./transport.ts";

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
  readonly #links: RatedLinks | undefined;
  #nextPort = FIRST_FREE_PORT;

  /** Makes a network without hosts, whose bytes arrive at once, or as fast as the links carry them. */
  constructor(links?: RatedLinks) {
    this.#links = links;
  }

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
    const links = this.#links;
    const [ours, theirs] = connect(local, to, {
      there: links?.carrier(from, to.host) ?? INSTANT_CARRIER,
      back: links?.carrier(to.host, from) ?? INSTANT_CARRIER,
      forget,
    });
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
  return connect(one, other, {
    there: INSTANT_CARRIER,
    back: INSTANT_CARRIER,
    forget: () => undefined,
  });
}

interface ConnectOptions {
  readonly there: PipeCarrier;
  readonly back: PipeCarrier;
  readonly forget: (connection: MemoryConnection) => void;
}

function connect(
  one: PeerAddress,
  other: PeerAddress,
  { there: thither, back: hither, forget }: ConnectOptions,
): [MemoryConnection, MemoryConnection] {
  const there = new MemoryPipe(thither);
  const back = new MemoryPipe(hither);
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
  readonly incoming: MemoryPipe;
  readonly outgoing: MemoryPipe;
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

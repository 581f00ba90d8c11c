import { MemoryNetwork } from "./memory_network.ts";
import type { Connection, Listener, Transport } from "./transport.ts";

/** By what address those are known who are within the process. */
const HERE = "127.0.0.1";

/** A transport and a way around it. */
export interface ReachableInside {
  /** Listens and dials as the given one; who listens is reached from within, too. */
  readonly transport: Transport;
  /** Reaches who listens without a socket, whatever the address and the transport; seen as of loopback. */
  readonly inside: Transport;
}

/**
 * Has a listener reached from within the process as well, so that who serves at a door that speaks TLS,
 * say, can be asked by another part of the program which does not know its name. One listens at a time.
 */
export function reachableInside(outer: Transport): ReachableInside {
  const host = new MemoryNetwork().host(HERE);
  const place = { host: HERE, port: 1 };
  return {
    transport: {
      ...outer,
      dial: (address, options) => outer.dial(address, options),
      listen: (address) => new JoinedListener(outer.listen(address), host.listen(place)),
    },
    inside: {
      listen: (address) => host.listen(address),
      dial: (_address, options) => host.dial(place, options),
    },
  };
}

/** Accepts what comes to either of two listeners. */
class JoinedListener implements Listener {
  readonly #outer: Listener;
  readonly #inner: Listener;
  /** What was asked of each and has not been given on. */
  readonly #accepting = new Map<Listener, Promise<readonly [Listener, Connection]>>();

  constructor(outer: Listener, inner: Listener) {
    this.#outer = outer;
    this.#inner = inner;
  }

  get address(): Listener["address"] {
    return this.#outer.address;
  }

  async accept(): Promise<Connection> {
    const [listener, connection] = await Promise.race([
      this.#next(this.#outer),
      this.#next(this.#inner),
    ]);
    this.#accepting.delete(listener);
    return connection;
  }

  close(): void {
    this.#outer.close();
    this.#inner.close();
  }

  async ended(): Promise<void> {
    await this.#outer.ended?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #next(listener: Listener): Promise<readonly [Listener, Connection]> {
    const known = this.#accepting.get(listener);
    if (known !== undefined) return known;
    const next = listener.accept().then((connection) => [listener, connection] as const);
    // Of a failure whoever accepts is told, and the next time it is tried anew.
    next.catch(() => this.#accepting.delete(listener));
    this.#accepting.set(listener, next);
    return next;
  }
}

import { foldMapped, type PeerAddress } from "./address.ts";
import type { AddressFilter } from "./address_filter.ts";
import { MAX_WAITING_TLS } from "./limits.ts";
import { SocketConnection } from "./socket_connection.ts";
import { TlsSocket } from "./tls_socket.ts";
import type { TlsTerminator } from "./tls_terminator.ts";
import { type Connection, type Listener, ListenerClosedError } from "./transport.ts";

/**
 * Accepts connections ahead and begins to agree with each at once: who dials waits for that, also while
 * nobody asks for the next connection.
 */
export class TlsListener implements Listener {
  /** Where it listens. */
  readonly address: PeerAddress;
  readonly #listener: Deno.TcpListener;
  readonly #terminator: TlsTerminator;
  readonly #filter: AddressFilter;
  readonly #waiting: Connection[] = [];
  readonly #running = new Set<Promise<void>>();
  #failure: unknown;
  #state: "open" | "closed" = "open";
  /** Resolved when something came, was taken, or ended. */
  #changed = Promise.withResolvers<void>();

  /** Takes over a listener, what its connections are given to, and says whose. */
  constructor(listener: Deno.TcpListener, terminator: TlsTerminator, filter: AddressFilter) {
    this.#filter = filter;
    this.#listener = listener;
    this.#terminator = terminator;
    this.address = { host: listener.addr.hostname, port: listener.addr.port };
    this.#keep(this.#run());
  }

  /** The next connection, with which nothing may have been agreed yet. */
  async accept(): Promise<Connection> {
    while (true) {
      if (this.#state === "closed") throw new ListenerClosedError();
      const connection = this.#waiting.shift();
      const failure = this.#failure;
      if (connection === undefined && failure === undefined) {
        await this.#changed.promise;
        continue;
      }
      if (connection === undefined) this.#failure = undefined;
      this.#notify();
      if (connection !== undefined) return connection;
      throw failure;
    }
  }

  /** Stops listening; connections that were accepted live on. Can be repeated. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#listener.close();
    this.#terminator.close();
    for (const connection of this.#waiting.splice(0)) connection.close();
    this.#notify();
  }

  /** Resolves when it was closed, and so were all that it has accepted. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    await this.#terminator.ended;
  }

  /** The same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #run(): Promise<void> {
    while (this.#state === "open") {
      // After a failure it is for who accepts to say when to try again.
      if (this.#waiting.length >= MAX_WAITING_TLS || this.#failure !== undefined) {
        await this.#changed.promise;
        continue;
      }
      try {
        const tcp = await this.#listener.accept();
        if (!this.#filter.admits(foldMapped(tcp.remoteAddr.hostname))) {
          tcp.close();
          continue;
        }
        const socket = new TlsSocket(tcp, this.#terminator);
        this.#keep(socket.ended);
        const connection = new SocketConnection(socket);
        if ((this.#state as string) === "closed") connection.close();
        else this.#waiting.push(connection);
      } catch (error) {
        this.#failure = error;
      }
      this.#notify();
    }
  }

  #keep(work: Promise<void>): void {
    const kept = work.finally(() => this.#running.delete(kept));
    this.#running.add(kept);
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

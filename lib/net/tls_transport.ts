import type { PeerAddress } from "./address.ts";
import { SocketConnection, type StreamSocket } from "./socket_connection.ts";
import { TlsError, tlsErrorOf } from "./tls_error.ts";
import {
  type Connection,
  type Listener,
  ListenerClosedError,
  type Transport,
} from "./transport.ts";

/** Who a server is. */
export interface TlsIdentity {
  /** Its certificate and those that lead to an authority's, in PEM form. */
  readonly cert: string;
  /** Its private key, in PEM form. */
  readonly key: string;
}

/** How TLS is spoken. */
export interface TlsOptions {
  /** Who we are; only needed to listen. */
  readonly identity?: TlsIdentity;
  /** Certificates of authorities that are trusted besides the usual ones, each in PEM form. */
  readonly caCerts?: readonly string[];
}

/** Connections that may wait to be accepted; others wait in the system. */
const MAX_WAITING = 64;

/**
 * The transport by TLS over TCP; the directions of a connection end independently, as they do with
 * TCP. Needs the permission `--allow-net`.
 *
 * A dial is done when the other side has shown a certificate for the host that was dialled, else it
 * fails with a {@linkcode TlsError}. A connection is accepted before that: what is read of it waits
 * until both have agreed, so that who is slow holds up nobody else. To listen fails with a
 * {@linkcode TlsError}, too, if certificate and key cannot be used.
 */
export function tlsTransport({ identity, caCerts = [] }: TlsOptions): Transport {
  return {
    listen({ host: hostname, port }) {
      if (identity === undefined) {
        throw new TlsError("certificate", "Cannot listen by TLS: there is no certificate");
      }
      return new TlsListener(openListener({ hostname, port, ...identity }));
    },

    async dial({ host: hostname, port }, { signal } = {}) {
      const options = signal === undefined ? {} : { signal };
      const tcp = await Deno.connect({ hostname, port, transport: "tcp", ...options });
      tcp.setNoDelay(true);
      const socket = await Deno.startTls(tcp, { hostname, caCerts: [...caCerts] });
      await agree(socket, signal);
      return new SocketConnection(socket);
    },
  };
}

function openListener(
  options: Deno.ListenTlsOptions & Deno.TlsCertifiedKeyPem,
): Deno.TlsListener {
  try {
    return Deno.listenTls(options);
  } catch (cause) {
    throw cause instanceof Error ? tlsErrorOf(cause.message, cause) ?? cause : cause;
  }
}

/** Waits until the other side has shown who it is; closes the socket if that fails or is given up. */
async function agree(socket: Deno.TlsConn, signal: AbortSignal | undefined): Promise<void> {
  let state: "open" | "closed" = "open";
  function close(): void {
    if (state === "open") socket.close();
    state = "closed";
  }
  signal?.addEventListener("abort", close, { once: true });
  try {
    if (signal?.aborted) close();
    signal?.throwIfAborted();
    await socket.handshake();
    signal?.throwIfAborted();
  } catch (cause) {
    close();
    signal?.throwIfAborted();
    if (!(cause instanceof Error)) throw cause;
    throw tlsErrorOf(cause.message, cause) ??
      new TlsError("other", `TLS with it fails: ${cause.message}`, cause);
  } finally {
    signal?.removeEventListener("abort", close);
  }
}

/** A socket that agrees with the other side before anything is read; who hangs up before that has said nothing. */
function beginning(socket: Deno.TlsConn): StreamSocket {
  const agreed = socket.handshake();
  agreed.catch(() => undefined);
  return {
    localAddr: socket.localAddr,
    remoteAddr: socket.remoteAddr,
    async read(target) {
      try {
        await agreed;
      } catch (error) {
        if (error instanceof Deno.errors.UnexpectedEof) return null;
        throw error;
      }
      return await socket.read(target);
    },
    write: (bytes) => socket.write(bytes),
    close: () => socket.close(),
    closeWrite: () => socket.closeWrite(),
  };
}

/**
 * Accepts connections ahead and begins to agree with each at once: who dials waits for that, also while
 * nobody asks for the next connection.
 */
class TlsListener implements Listener {
  readonly address: PeerAddress;
  readonly #listener: Deno.TlsListener;
  readonly #waiting: Connection[] = [];
  #failure: unknown;
  #state: "open" | "closed" = "open";
  /** Resolved when something came, was taken, or ended. */
  #changed = Promise.withResolvers<void>();

  constructor(listener: Deno.TlsListener) {
    this.#listener = listener;
    this.address = { host: listener.addr.hostname, port: listener.addr.port };
    void this.#run();
  }

  async accept(): Promise<Connection> {
    while (true) {
      if (this.#state === "closed") throw new ListenerClosedError();
      const connection = this.#waiting.shift();
      if (connection !== undefined) {
        this.#notify();
        return connection;
      }
      const failure = this.#failure;
      this.#failure = undefined;
      if (failure !== undefined) {
        this.#notify();
        throw failure;
      }
      await this.#changed.promise;
    }
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#listener.close();
    for (const connection of this.#waiting.splice(0)) connection.close();
    this.#notify();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #run(): Promise<void> {
    while (this.#state === "open") {
      // After a failure it is for who accepts to say when to try again.
      if (this.#waiting.length >= MAX_WAITING || this.#failure !== undefined) {
        await this.#changed.promise;
        continue;
      }
      try {
        const connection = new SocketConnection(beginning(await this.#listener.accept()));
        if ((this.#state as string) === "closed") connection.close();
        else this.#waiting.push(connection);
      } catch (error) {
        this.#failure = error;
      }
      this.#notify();
    }
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

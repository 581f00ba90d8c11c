import { SocketConnection } from "./socket_connection.ts";
import { TlsError, tlsErrorOf } from "./tls_error.ts";
import { TlsListener } from "./tls_listener.ts";
import { TlsTerminator } from "./tls_terminator.ts";
import type { Transport } from "./transport.ts";

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

/**
 * The transport by TLS over TCP; the directions of a connection end independently, as they do with
 * TCP. Needs the permission `--allow-net`.
 *
 * A dial is done when the other side has shown a certificate for the host that was dialled, else it
 * fails with a {@linkcode TlsError}. A connection is accepted before that: what is read of it waits
 * until both have agreed, so that who is slow holds up nobody else. To listen fails with a
 * {@linkcode TlsError}, too, if certificate and key cannot be used.
 *
 * Who listens uses two more sockets within this machine for each connection, at 127.0.0.1, for which the
 * permission must do. What it writes right behind something else may wait for 40 ms: the runtime has
 * no way to switch that off for sockets that it accepts by TLS.
 */
export function tlsTransport({ identity, caCerts = [] }: TlsOptions): Transport {
  return {
    listen({ host: hostname, port }) {
      if (identity === undefined) {
        throw new TlsError("certificate", "Cannot listen by TLS: there is no certificate");
      }
      return openListener({ hostname, port }, identity);
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
  place: { readonly hostname: string; readonly port: number },
  identity: TlsIdentity,
): TlsListener {
  const terminator = openTerminator(identity);
  try {
    return new TlsListener(Deno.listen({ ...place, transport: "tcp" }), terminator);
  } catch (error) {
    terminator.close();
    throw error;
  }
}

function openTerminator(identity: TlsIdentity): TlsTerminator {
  try {
    return new TlsTerminator(Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...identity }));
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

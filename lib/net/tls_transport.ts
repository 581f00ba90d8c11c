import { foldMapped, isIpv4, isIpv6, type PeerAddress } from "./address.ts";
import { type AddressFilter, EVERYBODY } from "./address_filter.ts";
import { AddressRefusedError, NOT_ADMITTED } from "./filter_transport.ts";
import { loopbackPair } from "./loopback_pair.ts";
import { SocketConnection } from "./socket_connection.ts";
import { TlsError, tlsErrorOf } from "./tls_error.ts";
import { TlsListener } from "./tls_listener.ts";
import { TlsSocket } from "./tls_socket.ts";
import { type Terminal, type TlsSide, TlsTerminator } from "./tls_terminator.ts";
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
  /** Who is let in, and dialled; everybody by default. Nothing is exchanged with others. */
  readonly addresses?: AddressFilter;
}

/**
 * The transport by TLS over TCP; the directions of a connection end independently, as they do with
 * TCP. Needs the permission `--allow-net`.
 *
 * A dial is done when the other side has shown a certificate for the host that was dialled, else it
 * fails with a {@linkcode TlsError}, or with {@linkcode AddressRefusedError} if the filter does not admit
 * the other side. A connection is accepted before that: what is read of it waits
 * until both have agreed, so that who is slow holds up nobody else. To listen fails with a
 * {@linkcode TlsError}, too, if certificate and key cannot be used.
 *
 * Each connection uses two more sockets within this machine, at 127.0.0.1, for which the permission must
 * do: the runtime does not let a socket go that is closed before both have agreed, so that a plain one
 * leads to the other side, which is closed when it is to be. What who listens writes right behind
 * something else may wait for 40 ms: the runtime has no way to switch that off for sockets that it
 * accepts by TLS.
 */
export function tlsTransport(
  { identity, caCerts = [], addresses = EVERYBODY }: TlsOptions,
): Transport {
  const dialled = new Set<TlsSocket>();
  return {
    listen({ host: hostname, port }) {
      if (identity === undefined) {
        throw new TlsError("certificate", "Cannot listen by TLS: there is no certificate");
      }
      return openListener({ hostname, port }, identity, addresses);
    },

    async dial(address, { signal } = {}) {
      const tcp = await dialAdmitted(address, signal, addresses);
      const open = () => openClient(address.host, caCerts);
      const socket = new TlsSocket(tcp, { begins: "we", open } satisfies TlsSide);
      dialled.add(socket);
      void socket.ended.then(() => dialled.delete(socket));
      await agree(socket, signal);
      return new SocketConnection(socket);
    },

    async ended() {
      const closed = [...dialled].filter(({ isClosed }) => isClosed);
      await Promise.all(closed.map(({ ended }) => ended));
    },
  };
}

/** Connects to an address, or what it stands for, if that is admitted. */
async function dialAdmitted(
  address: PeerAddress,
  signal: AbortSignal | undefined,
  filter: AddressFilter,
): Promise<Deno.TcpConn> {
  const { host: hostname, port } = address;
  const refuse = (): never => {
    throw new AddressRefusedError(address, NOT_ADMITTED);
  };
  if ((isIpv4(hostname) || isIpv6(hostname)) && !filter.admits(hostname)) refuse();
  const tcp = await Deno.connect({ hostname, port, transport: "tcp", ...(signal && { signal }) });
  if (filter.admits(foldMapped(tcp.remoteAddr.hostname))) return tcp;
  tcp.close();
  return refuse();
}

function openListener(
  place: { readonly hostname: string; readonly port: number },
  identity: TlsIdentity,
  filter: AddressFilter,
): TlsListener {
  const terminator = openTerminator(identity);
  try {
    return new TlsListener(Deno.listen({ ...place, transport: "tcp" }), terminator, filter);
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

/** Two ends, at the one of which TLS is spoken as a client of a host. */
async function openClient(hostname: string, caCerts: readonly string[]): Promise<Terminal> {
  const [near, coded] = await loopbackPair();
  try {
    return { coded, tls: await Deno.startTls(near, { hostname, caCerts: [...caCerts] }) };
  } catch (error) {
    coded.close();
    throw error;
  }
}

/** Waits until the other side has shown who it is; closes the socket if that fails or is given up. */
async function agree(socket: TlsSocket, signal: AbortSignal | undefined): Promise<void> {
  const close = (): void => socket.close();
  signal?.addEventListener("abort", close, { once: true });
  try {
    if (signal?.aborted) close();
    signal?.throwIfAborted();
    await socket.agreed();
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

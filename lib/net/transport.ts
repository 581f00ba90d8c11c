import type { PeerAddress } from "./address.ts";

/**
 * One connection as a pair of web streams.
 *
 * The streams are independent, as the directions of TCP are: `readable` ends when the other side
 * stops sending, and `writable` may still be written to then. Whoever got the connection closes it.
 */
export interface Connection extends Disposable {
  /** The bytes that arrive, as a byte stream: exact counts can be read of it, the rest piped on. */
  readonly readable: ReadableStream<Uint8Array>;
  /** The bytes to send; a write is done when the operating system has taken all of it. */
  readonly writable: WritableStream<Uint8Array>;
  /** Our end. */
  readonly local: PeerAddress;
  /** The other end. */
  readonly remote: PeerAddress;
  /** Closes both directions at once; pending reads end, pending writes fail. Can be repeated. */
  close(): void;
}

/** A place at which connections arrive. */
export interface Listener extends Disposable {
  /** Where it listens; the port is the real one also when 0 was asked for. */
  readonly address: PeerAddress;
  /**
   * The next connection.
   *
   * @throws {ListenerClosedError} once the listener is closed
   */
  accept(): Promise<Connection>;
  /** Stops listening; connections that were accepted live on. Can be repeated. */
  close(): void;
  /**
   * Resolves when it was closed, all that it has accepted were closed, and nothing of them runs any
   * more; of a listener without it nothing does then anyhow.
   */
  ended?(): Promise<void>;
}

/** A way to reach others: TCP, or memory in tests and simulations. */
export interface Transport {
  /**
   * Listens at an address; port 0 picks a free one.
   *
   * @throws {Deno.errors.AddrInUse} if somebody else listens there
   */
  listen(address: PeerAddress): Listener;
  /**
   * Connects to an address.
   *
   * @throws {Deno.errors.ConnectionRefused} if nobody listens there
   */
  dial(address: PeerAddress, options?: { signal?: AbortSignal }): Promise<Connection>;
  /**
   * Resolves when of the connections that were dialled and are closed nothing runs any more; of a
   * transport without it nothing does then anyhow.
   */
  ended?(): Promise<void>;
}

/** The listener was closed: no more connections come. */
export class ListenerClosedError extends Error {
  /** The name of the class. */
  override name = "ListenerClosedError";

  /** Makes the error of a listener at an address. */
  constructor() {
    super("Cannot accept connections: the listener is closed");
  }
}

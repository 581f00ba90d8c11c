import type { PeerAddress } from "./address.ts";
import { HttpWatch } from "./http_watch.ts";
import { MAX_HTTP_UNANSWERED_BYTES } from "./limits.ts";
import { serveConnections, type ServeConnectionsOptions } from "./serve_connections.ts";
import type { Connection, Transport } from "./transport.ts";

/** What a {@linkcode HttpFront} needs; the listener is closed by whoever opened it. */
export interface HttpFrontOptions
  extends Pick<ServeConnectionsOptions, "listener" | "limits" | "admits" | "clock" | "signal"> {
  /** How the web server is reached. */
  readonly transport: Transport;
  /** Where the web server listens now, on this machine alone. */
  readonly server: () => PeerAddress;
  /**
   * Answers what was read of a connection, if it is all that is to be said of it; nothing has the web
   * server answer, for as long as the connection lasts.
   */
  readonly answerAtOnce?: (bytes: Uint8Array, remote: PeerAddress) => Uint8Array | undefined;
  /** Bytes that may be sent on a connection without an answer; 1 MiB by default. */
  readonly unansweredBytes?: number;
}

/** A long request that is expected on a connection; to be disposed of before it is answered. */
export interface ExpectedBody extends Disposable {
  /** All of it has come: from now on the client is not to blame for the time that it takes. */
  received(): void;
}

/**
 * Stands before a web server that bounds neither how many connect nor how long they take, as the
 * runtime's own: carries the bytes of each connection to it and back.
 *
 * A connection is closed when something was sent on it to which no byte of an answer has come for 10 s,
 * a request that was not sent to its end included, when 1 MiB was, and when nothing has moved for 30 s.
 * A connection on which the web server expects a long request ({@linkcode HttpFront.expectBody}) has
 * other bounds: that many bytes, and 160 KiB of them each 10 s.
 * Who is not admitted any more is cut off when he sends something. Nobody is carried to the web server
 * before he has sent something.
 */
export class HttpFront {
  /** Resolves when the listener was closed and nothing is carried any more. */
  readonly ended: Promise<void>;
  readonly #options: HttpFrontOptions;
  /** Who is at the other end, by the port from which we reach the web server for him. */
  readonly #clients = new Map<number, Client>();
  readonly #carrying = new Set<Promise<void>>();

  /** Accepts connections until the listener is closed; an aborted signal cuts those that are carried. */
  constructor(options: HttpFrontOptions) {
    this.#options = options;
    this.ended = serveConnections({ ...options, serve: (outer) => this.#serve(outer) });
  }

  /** Who asks the web server from a place; nothing if he has not come this way. */
  remoteAt({ host, port }: PeerAddress): PeerAddress | undefined {
    return host === this.#server.host ? this.#clients.get(port)?.outer.remote : undefined;
  }

  /**
   * Lets the one who asks the web server from a place send this many bytes more before he is answered;
   * nothing if he has not come this way.
   */
  expectBody({ host, port }: PeerAddress, bytes: number): ExpectedBody | undefined {
    if (host !== this.#server.host) return undefined;
    return this.#clients.get(port)?.watch.expect(bytes);
  }

  /** Resolves when all is carried back that the web server said; once that was closed, that is soon. */
  async carried(): Promise<void> {
    await Promise.allSettled(this.#carrying);
  }

  get #server(): PeerAddress {
    return this.#options.server();
  }

  async #serve(outer: Connection): Promise<void> {
    const { signal, clock, transport } = this.#options;
    const carried: Connection[] = [outer];
    const abandon = (): void => carried.forEach((connection) => connection.close());
    signal.addEventListener("abort", abandon, { once: true });
    if (signal.aborted) abandon();
    const { unansweredBytes = MAX_HTTP_UNANSWERED_BYTES } = this.#options;
    using watch = new HttpWatch({ clock, expire: abandon, unansweredBytes });
    const client = {
      ...{ outer, watch },
      asked: outer.readable.getReader(),
      toClient: outer.writable.getWriter(),
    };
    try {
      const first = await this.#answerAtOnce(client);
      if (first === undefined) return;
      const inner = await transport.dial(this.#server, { signal });
      carried.push(inner);
      this.#clients.set(inner.local.port, client);
      const carrying = this.#carry(client, inner, first);
      this.#carrying.add(carrying);
      try {
        await carrying;
      } finally {
        this.#carrying.delete(carrying);
        if (this.#clients.get(inner.local.port) === client) {
          this.#clients.delete(inner.local.port);
        }
      }
    } catch {
      // Whoever breaks off is nobody's concern; the web server sees it as the end of a connection.
    } finally {
      abandon();
      signal.removeEventListener("abort", abandon);
    }
  }

  /** Answers what can be answered at once; gives what cannot, or nothing at the end. */
  async #answerAtOnce(client: Client): Promise<Uint8Array | undefined> {
    const { outer: { remote }, toClient, watch } = client;
    while (true) {
      const value = await this.#read(client);
      if (value === undefined) return undefined;
      const answer = this.#options.answerAtOnce?.(value, remote);
      if (answer === undefined) {
        watch.asked(value.length);
        return value;
      }
      watch.answered();
      await toClient.write(answer);
    }
  }

  /** What a client sends next; nothing at its end, and of one who is not let in any more. */
  async #read({ outer: { remote }, asked }: Client): Promise<Uint8Array | undefined> {
    const { value } = await asked.read();
    return this.#options.admits?.(remote.host) === false ? undefined : value;
  }

  /**
   * Carries bytes both ways until the web server has ended its direction, or one side breaks off: what a
   * client has said is over when he is answered, not when he stops speaking.
   */
  async #carry(client: Client, inner: Connection, first: Uint8Array): Promise<void> {
    const { outer, toClient, watch } = client;
    const inwards = this.#carryInwards(client, inner, first).catch(() => inner.close());
    const answered = inner.readable.getReader();
    try {
      while (true) {
        const { value } = await answered.read();
        if (value === undefined) break;
        watch.answered();
        await toClient.write(value);
      }
      await toClient.close();
    } finally {
      outer.close();
      inner.close();
      await inwards;
    }
  }

  async #carryInwards(client: Client, inner: Connection, first: Uint8Array): Promise<void> {
    const toServer = inner.writable.getWriter();
    let value: Uint8Array | undefined = first;
    while (value !== undefined) {
      await toServer.write(value);
      client.watch.passedOn();
      value = await this.#read(client);
      client.watch.asked(value?.length ?? 0);
    }
    if (this.#options.admits?.(client.outer.remote.host) === false) client.outer.close();
    await toServer.close();
  }
}

/** The connection of a client. */
interface Client {
  readonly outer: Connection;
  readonly asked: ReadableStreamDefaultReader<Uint8Array>;
  readonly toClient: WritableStreamDefaultWriter<Uint8Array>;
  readonly watch: HttpWatch;
}

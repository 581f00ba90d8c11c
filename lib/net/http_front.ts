import type { PeerAddress } from "./address.ts";
import type { Clock } from "./clock.ts";
import {
  HTTP_ANSWER_TIMEOUT_MS,
  HTTP_IDLE_TIMEOUT_MS,
  MAX_HTTP_UNANSWERED_BYTES,
} from "./limits.ts";
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
}

/**
 * Stands before a web server that bounds neither how many connect nor how long they take, as the
 * runtime's own: carries the bytes of each connection to it and back.
 *
 * A connection is closed when something was sent on it to which no byte of an answer has come for 10 s,
 * a request that was not sent to its end included, when 1 MiB was, and when nothing has moved for 30 s.
 * Who is not admitted any more is cut off when he sends something. Nobody is carried to the web server
 * before he has sent something.
 */
export class HttpFront {
  /** Resolves when the listener was closed and nothing is carried any more. */
  readonly ended: Promise<void>;
  readonly #options: HttpFrontOptions;
  /** Who is at the other end, by the port from which we reach the web server for him. */
  readonly #remotes = new Map<number, PeerAddress>();
  readonly #carrying = new Set<Promise<void>>();

  /** Accepts connections until the listener is closed; an aborted signal cuts those that are carried. */
  constructor(options: HttpFrontOptions) {
    this.#options = options;
    this.ended = serveConnections({ ...options, serve: (outer) => this.#serve(outer) });
  }

  /** Who asks the web server from a place; nothing if he has not come this way. */
  remoteAt({ host, port }: PeerAddress): PeerAddress | undefined {
    return host === this.#server.host ? this.#remotes.get(port) : undefined;
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
    using watch = new Watch(clock, abandon);
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
      this.#remotes.set(inner.local.port, outer.remote);
      const carrying = this.#carry(client, inner, first);
      this.#carrying.add(carrying);
      try {
        await carrying;
      } finally {
        this.#carrying.delete(carrying);
        if (this.#remotes.get(inner.local.port) === outer.remote) {
          this.#remotes.delete(inner.local.port);
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
  readonly watch: Watch;
}

/**
 * Ends a connection whose time is over, or on which too much is asked. Invariant: until it is disposed of
 * a timer is set that is due no later than that time.
 */
class Watch implements Disposable {
  readonly #clock: Clock;
  readonly #expire: () => void;
  #dueMs: number;
  #phase: "asked" | "quiet" | "disposed" = "asked";
  #timer: Disposable;
  /** Bytes that were sent since the last answer. */
  #unanswered = 0;

  /** Begins with the time of a request that has not come yet. */
  constructor(clock: Clock, expire: () => void) {
    this.#clock = clock;
    this.#expire = expire;
    this.#dueMs = clock.now() + HTTP_ANSWER_TIMEOUT_MS;
    this.#timer = clock.setTimer(() => this.#look(), HTTP_ANSWER_TIMEOUT_MS);
  }

  /** Something was sent to the server: more of the same does not give more time. */
  asked(bytes: number): void {
    if (bytes === 0 || this.#phase === "disposed") return;
    this.#unanswered += bytes;
    if (this.#unanswered > MAX_HTTP_UNANSWERED_BYTES) return this.#expire();
    if (this.#phase === "asked") return;
    this.#phase = "asked";
    this.#dueMs = this.#clock.now() + HTTP_ANSWER_TIMEOUT_MS;
    this.#timer[Symbol.dispose]();
    this.#timer = this.#clock.setTimer(() => this.#look(), HTTP_ANSWER_TIMEOUT_MS);
  }

  /** The server has answered something. */
  answered(): void {
    if (this.#phase === "disposed") return;
    this.#phase = "quiet";
    this.#unanswered = 0;
    this.#dueMs = this.#clock.now() + HTTP_IDLE_TIMEOUT_MS;
  }

  [Symbol.dispose](): void {
    this.#phase = "disposed";
    this.#timer[Symbol.dispose]();
  }

  /** Later times are only noted, so that no timer is set for each chunk of bytes. */
  #look(): void {
    const leftMs = this.#dueMs - this.#clock.now();
    if (leftMs <= 0) return this.#expire();
    this.#timer = this.#clock.setTimer(() => this.#look(), leftMs);
  }
}

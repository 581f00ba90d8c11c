import type { PeerAddress } from "./address.ts";
import type { Clock } from "./clock.ts";
import { HTTP_ANSWER_TIMEOUT_MS, HTTP_IDLE_TIMEOUT_MS } from "./limits.ts";
import { serveConnections, type ServeConnectionsOptions } from "./serve_connections.ts";
import type { Connection, Transport } from "./transport.ts";

/** What a {@linkcode HttpFront} needs; the listener is closed by whoever opened it. */
export interface HttpFrontOptions
  extends Pick<ServeConnectionsOptions, "listener" | "limits" | "clock" | "signal"> {
  /** How the web server is reached. */
  readonly transport: Transport;
  /** Where the web server listens, on this machine alone. */
  readonly server: PeerAddress;
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
 * a request that was not sent to its end included, and when nothing has moved for 30 s. Nobody is carried
 * to the web server before he has sent something.
 */
export class HttpFront {
  /** Resolves when the listener was closed and nothing is carried any more. */
  readonly ended: Promise<void>;
  readonly #options: HttpFrontOptions;
  /** Who is at the other end, by the port from which we reach the web server for him. */
  readonly #remotes = new Map<number, PeerAddress>();

  /** Accepts connections until the listener is closed; an aborted signal cuts those that are carried. */
  constructor(options: HttpFrontOptions) {
    this.#options = options;
    this.ended = serveConnections({ ...options, serve: (outer) => this.#serve(outer) });
  }

  /** Answers what can be answered at once; gives what cannot, or nothing at the end. */
  async #answerAtOnce({ outer, asked, toClient, watch }: Client): Promise<Uint8Array | undefined> {
    while (true) {
      const { value } = await asked.read();
      if (value === undefined) return undefined;
      const answer = this.#options.answerAtOnce?.(value, outer.remote);
      if (answer === undefined) {
        watch.asked();
        return value;
      }
      watch.answered();
      await toClient.write(answer);
    }
  }

  /** Who asks the web server from a port; nothing if he has not come this way. */
  remoteAt(port: number): PeerAddress | undefined {
    return this.#remotes.get(port);
  }

  async #serve(outer: Connection): Promise<void> {
    const { signal, clock } = this.#options;
    const carried: Connection[] = [outer];
    const abandon = (): void => carried.forEach((connection) => connection.close());
    signal.addEventListener("abort", abandon, { once: true });
    if (signal.aborted) abandon();
    using watch = new Watch(clock, abandon);
    try {
      const asked = outer.readable.getReader();
      const toClient = outer.writable.getWriter();
      const first = await this.#answerAtOnce({ outer, asked, toClient, watch });
      if (first === undefined) return;
      const { transport, server } = this.#options;
      const inner = await transport.dial(server, { signal });
      carried.push(inner);
      this.#remotes.set(inner.local.port, outer.remote);
      try {
        await carry({ outer, asked, toClient, watch }, inner, first);
      } finally {
        abandon();
        this.#remotes.delete(inner.local.port);
      }
    } catch {
      // Whoever breaks off is nobody's concern; the web server sees it as the end of a connection.
    } finally {
      signal.removeEventListener("abort", abandon);
    }
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
 * Carries bytes both ways until the web server has ended its direction, or one side breaks off: what a
 * client has said is over when he is answered, not when he stops speaking.
 */
async function carry(
  { outer, asked, toClient, watch }: Client,
  inner: Connection,
  first: Uint8Array,
): Promise<void> {
  const answered = inner.readable.getReader();
  const toServer = inner.writable.getWriter();
  const inwards = toServer.write(first)
    .then(() => pump(asked, toServer, () => watch.asked()))
    .catch(() => inner.close());
  await pump(answered, toClient, () => watch.answered());
  outer.close();
  inner.close();
  await inwards;
}

async function pump(
  from: ReadableStreamDefaultReader<Uint8Array>,
  to: WritableStreamDefaultWriter<Uint8Array>,
  onMoved: () => void,
): Promise<void> {
  while (true) {
    const { value } = await from.read();
    if (value === undefined) break;
    onMoved();
    await to.write(value);
  }
  await to.close();
}

/** Ends a connection whose time is over: invariant: a timer is set that is due no later than that. */
class Watch implements Disposable {
  readonly #clock: Clock;
  readonly #expire: () => void;
  #dueMs: number;
  #phase: "asked" | "quiet" = "asked";
  #timer: Disposable;

  /** Begins with the time of a request that has not come yet. */
  constructor(clock: Clock, expire: () => void) {
    this.#clock = clock;
    this.#expire = expire;
    this.#dueMs = clock.now() + HTTP_ANSWER_TIMEOUT_MS;
    this.#timer = clock.setTimer(() => this.#look(), HTTP_ANSWER_TIMEOUT_MS);
  }

  /** Something was sent to the server: more of the same does not give more time. */
  asked(): void {
    if (this.#phase === "asked") return;
    this.#phase = "asked";
    this.#dueMs = this.#clock.now() + HTTP_ANSWER_TIMEOUT_MS;
    this.#timer[Symbol.dispose]();
    this.#timer = this.#clock.setTimer(() => this.#look(), HTTP_ANSWER_TIMEOUT_MS);
  }

  /** The server has answered something. */
  answered(): void {
    this.#phase = "quiet";
    this.#dueMs = this.#clock.now() + HTTP_IDLE_TIMEOUT_MS;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  /** Later times are only noted, so that no timer is set for each chunk of bytes. */
  #look(): void {
    const leftMs = this.#dueMs - this.#clock.now();
    if (leftMs <= 0) return this.#expire();
    this.#timer = this.#clock.setTimer(() => this.#look(), leftMs);
  }
}

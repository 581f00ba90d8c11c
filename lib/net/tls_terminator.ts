import { sleep, systemClock } from "./clock.ts";

/** Time before another attempt to accept, in milliseconds. */
const RETRY_MS = 10;

/** Ends that may have come and not be taken yet; ours are taken soon, others never. */
const MAX_ARRIVED = 1_024;

/** Two ends of a connection within this machine: TLS is spoken at the one, its bytes pass the other. */
export interface Terminal {
  /** The end at which what is sent and received is readable. */
  readonly tls: Deno.TlsConn;
  /** The end to which the other side's bytes go, and from which ours come. */
  readonly coded: Deno.TcpConn;
}

/** Makes the two ends, and says who begins to agree: a client, which we or they are. */
export interface TlsSide {
  /** Who sends the first byte. */
  readonly begins: "we" | "they";
  /**
   * Makes two ends.
   *
   * @throws {Error} if the system has no more of them
   */
  open(): Promise<Terminal>;
}

/**
 * Speaks TLS for sockets that were accepted elsewhere.
 *
 * The runtime speaks it as a server only at sockets that it accepts by itself, and such a socket it
 * does not let go when it is closed before both sides have agreed: it stays open as long as the other
 * side likes, who could so use up all that there are. Therefore TLS is spoken over loopback, and what is
 * accepted of others is a plain socket, which is closed when it is to be.
 */
export class TlsTerminator implements TlsSide {
  /** Who sends the first byte. */
  readonly begins = "they";
  /** Resolves when it was closed and nothing of it runs any more. */
  readonly ended: Promise<void>;
  readonly #listener: Deno.TlsListener;
  /** Ends that came and are not taken yet, by the port of the other end, the oldest first. */
  readonly #arrived = new Map<number, { readonly tls: Deno.TlsConn; readonly turn: number }>();
  /** Those who wait for their end. */
  readonly #awaited = new Map<number, PromiseWithResolvers<Deno.TlsConn>>();
  /** How many are about to connect, whose port is not known yet. */
  #connecting = 0;
  /** How many ends have come. */
  #turn = 0;
  #state: "open" | "closed" = "open";

  /** Takes over a listener at loopback. */
  constructor(listener: Deno.TlsListener) {
    this.#listener = listener;
    this.ended = this.#run();
  }

  /**
   * Makes two ends.
   *
   * @throws {Error} if the system has no more of them, or the terminator was closed
   */
  async open(): Promise<Terminal> {
    this.#connecting++;
    const turn = this.#turn;
    try {
      const { hostname, port } = this.#listener.addr;
      const coded = await Deno.connect({ hostname, port, transport: "tcp" });
      coded.setNoDelay(true);
      try {
        return { coded, tls: await this.#take(coded.localAddr.port, turn) };
      } catch (error) {
        coded.close();
        throw error;
      }
    } finally {
      this.#connecting--;
      if (this.#connecting === 0) this.#turnAway();
    }
  }

  /** Makes no more ends; those that were made live on. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#listener.close();
    this.#turnAway();
  }

  /** The end whose other end has a port, and that came after a turn: before, the port was another's. */
  async #take(port: number, turn: number): Promise<Deno.TlsConn> {
    const arrived = this.#arrived.get(port);
    this.#arrived.delete(port);
    if (arrived !== undefined && arrived.turn > turn) return arrived.tls;
    arrived?.tls.close();
    if (this.#state === "closed") throw isClosed();
    const awaited = Promise.withResolvers<Deno.TlsConn>();
    this.#awaited.set(port, awaited);
    return await awaited.promise;
  }

  async #run(): Promise<void> {
    while (this.#state === "open") {
      try {
        this.#receive(await this.#listener.accept());
      } catch {
        // Where sockets are used up, there is one again when another was closed.
        if ((this.#state as string) === "open") await sleep(systemClock, RETRY_MS);
      }
    }
    this.#turnAway();
    for (const { reject } of this.#awaited.values()) reject(isClosed());
  }

  #receive(tls: Deno.TlsConn): void {
    const { hostname, port } = tls.remoteAddr;
    // From another address of loopback others may come with a port of ours.
    if (hostname !== this.#listener.addr.hostname) return tls.close();
    this.#turn++;
    const take = this.#awaited.get(port);
    this.#awaited.delete(port);
    if (take !== undefined) take.resolve(tls);
    // Somebody else on this machine may have found the port.
    else if (this.#connecting === 0 || this.#state === "closed") tls.close();
    else {
      // Who had the port before has gone.
      this.#drop(port);
      this.#arrived.set(port, { tls, turn: this.#turn });
      const [oldest = port] = this.#arrived.keys();
      if (this.#arrived.size > MAX_ARRIVED) this.#drop(oldest);
    }
  }

  #drop(port: number): void {
    this.#arrived.get(port)?.tls.close();
    this.#arrived.delete(port);
  }

  #turnAway(): void {
    for (const port of [...this.#arrived.keys()]) this.#drop(port);
  }
}

function isClosed(): Error {
  return new Error("Cannot speak TLS: the listener is closed");
}

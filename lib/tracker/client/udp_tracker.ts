import {
  type Clock,
  type Family,
  foldMapped,
  isIpv4,
  isIpv6,
  type PeerAddress,
  sleep,
} from "../../net/mod.ts";
import { TrackerRefusedError } from "../refused_error.ts";
import {
  CONNECTION_ID_MS,
  MAX_UDP_ANSWER,
  UDP_ANNOUNCE_TIMEOUT_MS,
  UDP_ATTEMPTS,
} from "../limits.ts";
import {
  type AnnounceRequest,
  type AnnounceResult,
  decodeUdpAnswer,
  encodeUdpAnnounce,
  encodeUdpConnect,
  type UdpAnswer,
} from "../protocol/mod.ts";
import { redactUrl } from "./announce_url.ts";

/** How a UDP tracker is asked. */
export interface UdpTrackerOptions {
  /** Measures the waits. */
  readonly clock: Clock;
  /** Numbers of 32 bits that nobody can guess. */
  readonly randomNumber: () => number;
}

/** How one announce is made. */
export interface UdpAnnounceOptions {
  /** What shows the tracker that it is us although our address is another. */
  readonly key: number;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** The addresses of which one is asked; what the system finds for its name by default. */
  readonly addresses?: readonly string[] | undefined;
}

/** One request of several that belong together. */
interface Exchange {
  readonly socket: AnswerSocket;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A UDP tracker, whose connection id is used for a minute (BEP 15). */
export class UdpTracker {
  readonly #options: UdpTrackerOptions;
  readonly #address: PeerAddress;
  readonly #path: string;
  #connection: { readonly id: bigint; readonly sinceMs: number } | undefined;

  /**
   * Names a tracker by its URL; it is not asked yet.
   *
   * @throws {TypeError} if it is no URL of a UDP tracker
   */
  constructor(url: string, options: UdpTrackerOptions) {
    const { hostname, port, pathname, search, protocol } = new URL(url);
    if (protocol !== "udp:" || hostname === "" || port === "") {
      throw new TypeError(`Cannot use ${redactUrl(url)}: it must be udp://HOST:PORT`);
    }
    this.#options = options;
    this.#address = { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
    this.#path = pathname === "/" ? search : pathname + search;
  }

  /**
   * Announces to it. What is not answered in 15 s is sent once more, and then has 30 s. It needs the
   * permission `--allow-net` and the unstable feature `net`.
   *
   * @throws {TrackerRefusedError} if it answers with an error
   * @throws {MalformedMessageError} if it answers something else
   * @throws {Error} if it is silent
   */
  async announce(
    request: AnnounceRequest,
    { key, signal, addresses }: UdpAnnounceOptions,
  ): Promise<AnnounceResult> {
    const host = addresses?.find(isIpv4) ?? addresses?.[0] ?? this.#address.host;
    const socket = new AnswerSocket({ host, port: this.#address.port });
    try {
      for (let attempt = 0; attempt < UDP_ATTEMPTS; attempt++) {
        const exchange = { socket, signal, timeoutMs: UDP_ANNOUNCE_TIMEOUT_MS * 2 ** attempt };
        const wasConnected = this.#connection !== undefined;
        const connectionId = await this.#connect(exchange);
        if (connectionId === undefined) continue;
        try {
          const answer = await this.#ask(
            exchange,
            (transaction) =>
              encodeUdpAnnounce(request, { connectionId, transaction, key, path: this.#path }),
          );
          if (answer?.type === "announced") return answer.result;
        } catch (error) {
          if (!(error instanceof TrackerRefusedError && wasConnected)) throw error;
        }
        // It may have forgotten us.
        this.#connection = undefined;
      }
    } finally {
      socket.close();
    }
    throw new Error("it does not answer");
  }

  async #connect(exchange: Exchange): Promise<bigint | undefined> {
    const { clock } = this.#options;
    const known = this.#connection;
    if (known !== undefined && clock.now() - known.sinceMs < CONNECTION_ID_MS) return known.id;
    const answer = await this.#ask(exchange, encodeUdpConnect);
    if (answer?.type !== "connection") return undefined;
    this.#connection = { id: answer.connectionId, sinceMs: clock.now() };
    return answer.connectionId;
  }

  /** Sends a request and gives its answer; `undefined` if none comes in time. */
  async #ask(
    { socket, timeoutMs, signal }: Exchange,
    encode: (transaction: number) => Uint8Array,
  ): Promise<UdpAnswer | undefined> {
    signal.throwIfAborted();
    const { clock, randomNumber } = this.#options;
    const transaction = randomNumber();
    const over = new AbortController();
    const end = (): void => over.abort();
    signal.addEventListener("abort", end, { once: true });
    const late = sleep(clock, timeoutMs, over.signal).then(() => undefined);
    try {
      await socket.send(encode(transaction));
      while (true) {
        const received = await Promise.race([socket.answer(), late]);
        signal.throwIfAborted();
        if (received === undefined) return undefined;
        const answer = decodeUdpAnswer(received.bytes, transaction, received.family);
        if (answer !== undefined) return answer;
      }
    } finally {
      end();
      signal.removeEventListener("abort", end);
    }
  }
}

/** A datagram, and the family of addresses by which it came. */
interface Datagram {
  readonly bytes: Uint8Array;
  readonly family: Family;
}

/** A socket that waits for one datagram at a time, however often somebody gave up waiting. */
class AnswerSocket {
  readonly #tracker: Deno.NetAddr;
  #socket: Deno.DatagramConn;
  #next: Promise<Datagram> | undefined;

  constructor({ host, port }: PeerAddress) {
    this.#tracker = { transport: "udp", hostname: host, port };
    this.#socket = openSocket(isIpv6(host) ? "::" : "0.0.0.0");
  }

  async send(bytes: Uint8Array): Promise<void> {
    try {
      await this.#socket.send(bytes, this.#tracker);
    } catch (cause) {
      const { hostname } = this.#tracker;
      if (isIpv4(hostname) || isIpv6(hostname)) throw cause;
      // The name may stand for an IPv6 address.
      this.#socket.close();
      this.#socket = openSocket("::");
      this.#next = undefined;
      await this.#socket.send(bytes, this.#tracker);
    }
  }

  /** The next datagram; one that comes while nobody waits is lost, as it is late. */
  answer(): Promise<Datagram> {
    this.#next ??= this.#receive().finally(() => this.#next = undefined);
    return this.#next;
  }

  async #receive(): Promise<Datagram> {
    const [bytes, sender] = await this.#socket.receive(new Uint8Array(MAX_UDP_ANSWER));
    const { hostname } = sender as Deno.NetAddr;
    return { bytes, family: isIpv4(foldMapped(hostname)) ? "ipv4" : "ipv6" };
  }

  close(): void {
    this.#socket.close();
  }
}

function openSocket(hostname: "::" | "0.0.0.0"): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
}

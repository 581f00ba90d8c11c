import type { PeerAddress } from "./address.ts";
import { Backoff } from "./backoff.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import { isOutOfDescriptors } from "./spare_descriptors.ts";

/** How long a server must have been there for the next wait to be short again, in milliseconds. */
const CALM_MS = 1_000;

/** A web server of the runtime, as far as it is used. */
export type RuntimeServer = Pick<Deno.HttpServer<Deno.NetAddr>, "addr" | "finished" | "shutdown">;

/** What {@linkcode serveHttp} needs; the parts that tests replace have defaults. */
export interface ServeHttpOptions {
  /** Listens at a port and serves, `Deno.serve` with all but the port. */
  readonly listen: (port: number) => RuntimeServer;
  /** The port to listen at; 0 picks a free one. */
  readonly port: number;
  /**
   * Is told why nothing is served for now, unless descriptors are used up: of the same reason once,
   * until it was served for a second. It must not throw.
   */
  readonly onFailure: (error: unknown) => void;
  /** Measures the waits before another attempt; the machine's by default. */
  readonly clock?: Clock;
}

/** A web server that is there until it is closed. */
export interface LastingServer {
  /** Where it listens now, or did at last. */
  readonly address: PeerAddress;
  /** Takes no more requests and waits for those that are being answered. */
  close(): Promise<void>;
}

/**
 * Serves HTTP until it is closed. The runtime's server ends when it cannot accept a connection, as
 * when descriptors are used up (`EMFILE`), and where nobody waits for its end the program does, too:
 * here it listens again at the same port, as soon as that is possible, whatever else it failed with.
 *
 * @throws {Deno.errors.AddrInUse} if somebody else listens at the port
 */
export function serveHttp(options: ServeHttpOptions): LastingServer {
  const { listen, port, onFailure, clock = systemClock } = options;
  const backoff = new Backoff({ minMs: 10, maxMs: 1_000, random: () => 1 });
  const ended = new AbortController();
  let server = listen(port);
  let told = "";

  function tell(error: unknown): void {
    const reason = String(error);
    if (ended.signal.aborted || isOutOfDescriptors(error) || reason === told) return;
    told = reason;
    onFailure(error);
  }

  async function keep(): Promise<void> {
    while (!ended.signal.aborted) {
      const sinceMs = clock.now();
      const failure = await server.finished.then(() => undefined, (error) => ({ error }));
      if (clock.now() - sinceMs > CALM_MS) {
        backoff.reset();
        told = "";
      }
      if (failure !== undefined) tell(failure.error);
      while (!ended.signal.aborted) {
        await sleep(clock, backoff.next(), ended.signal);
        if (ended.signal.aborted) return;
        try {
          server = listen(server.addr.port);
          break;
        } catch (error) {
          tell(error);
        }
      }
    }
  }

  const kept = keep();
  return {
    get address() {
      return { host: server.addr.hostname, port: server.addr.port };
    },
    async close() {
      ended.abort();
      await server.shutdown().catch(() => undefined);
      await kept;
    },
  };
}

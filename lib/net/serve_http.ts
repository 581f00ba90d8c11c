import type { PeerAddress } from "./address.ts";
import { Backoff } from "./backoff.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";

/** A web server of the runtime, as far as it is used. */
export type RuntimeServer = Pick<Deno.HttpServer<Deno.NetAddr>, "addr" | "finished" | "shutdown">;

/** What {@linkcode serveHttp} needs; the parts that tests replace have defaults. */
export interface ServeHttpOptions {
  /** Listens at a port and serves, `Deno.serve` with all but the port. */
  readonly listen: (port: number) => RuntimeServer;
  /** The port to listen at; 0 picks a free one. */
  readonly port: number;
  /** Measures the waits before another attempt; the machine's by default. */
  readonly clock?: Clock;
}

/** A web server that is there until it is closed. */
export interface LastingServer {
  /** Where it listens. */
  readonly address: PeerAddress;
  /** Takes no more requests and waits for those that are being answered. */
  close(): Promise<void>;
}

/**
 * Serves HTTP until it is closed. The runtime's server ends when it cannot accept a connection, as
 * when descriptors are used up (`EMFILE`), and where nobody waits for its end the program does, too:
 * here it listens again at the same port, as soon as that is possible.
 *
 * @throws {Deno.errors.AddrInUse} if somebody else listens at the port
 */
export function serveHttp({ listen, port, clock = systemClock }: ServeHttpOptions): LastingServer {
  const backoff = new Backoff({ minMs: 10, maxMs: 1_000, random: () => 1 });
  const ended = new AbortController();
  let server = listen(port);
  const address = { host: server.addr.hostname, port: server.addr.port };

  async function keep(): Promise<void> {
    while (!ended.signal.aborted) {
      const sinceMs = clock.now();
      await server.finished.catch(() => undefined);
      if (clock.now() - sinceMs > 1_000) backoff.reset();
      while (!ended.signal.aborted) {
        await sleep(clock, backoff.next(), ended.signal);
        if (ended.signal.aborted) return;
        try {
          server = listen(address.port);
          break;
        } catch {
          // There is no descriptor to listen with yet; it is tried again.
        }
      }
    }
  }

  const kept = keep();
  return {
    address,
    async close() {
      ended.abort();
      await server.shutdown().catch(() => undefined);
      await kept;
    },
  };
}

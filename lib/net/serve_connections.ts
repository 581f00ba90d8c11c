import { isLoopback } from "./address.ts";
import { type Clock, sleep } from "./clock.ts";
import { Backoff } from "./backoff.ts";
import { ADDRESS_SHARES_A_NETWORK } from "./limits.ts";
import { networkOf } from "./network_of.ts";
import { openDoors, SpareDescriptors } from "./spare_descriptors.ts";
import { type Connection, type Listener, ListenerClosedError } from "./transport.ts";

/** How many connections are served at once. */
export interface ConnectionLimits {
  /** In all. */
  readonly total: number;
  /**
   * From one address, and from an IPv6 network of 64 bits as many as from a few addresses
   * ({@linkcode ADDRESS_SHARES_A_NETWORK}); loopback addresses are many peers of one machine and are not
   * counted.
   */
  readonly perAddress: number;
}

/** What {@linkcode serveConnections} needs. */
export interface ServeConnectionsOptions {
  /** Where connections come from; closed by whoever opened it, which ends the loop. */
  readonly listener: Listener;
  /** Connections beyond these are closed at once. */
  readonly limits: ConnectionLimits;
  /** Whether a connection from an address is served, if that is a question; else it is closed at once. */
  readonly admits?: (host: string) => boolean;
  /** Measures the waits after a failure to accept. */
  readonly clock: Clock;
  /** Ends a wait, and the loop too if accepting then fails again. */
  readonly signal: AbortSignal;
  /** Whether somebody has shown who he is, so that strangers go before him; by default all are alike. */
  readonly isKnown?: (connection: Connection) => boolean;
  /** Serves one connection until it is done with it; must not reject. */
  readonly serve: (connection: Connection) => Promise<void>;
}

/**
 * Accepts connections until the listener is closed and serves them all at once, within limits. Each
 * connection is closed when its service is done.
 *
 * A failure to accept is waited out: it does not end the loop unless the signal is aborted too. Where
 * descriptors are used up (`EMFILE`), the door of this process with the most strangers closes some, and
 * serves no more than are left for a minute, so that the process can open its files.
 */
export async function serveConnections(options: ServeConnectionsOptions): Promise<void> {
  const { listener, limits, clock, signal, isKnown = () => false } = options;
  const backoff = new Backoff({ minMs: 10, maxMs: 1_000, random: () => 1 });
  const byOrigin = new Map<string, number>();
  const spare = new SpareDescriptors(clock);
  const running = new Map<Promise<void>, Connection>();
  using _door = openDoors.open({
    get strangers() {
      return running.values().filter((connection) => !isKnown(connection)).toArray().length;
    },
    get size() {
      return running.size;
    },
    shed: () => {
      for (const one of spare.choose([...running.values()], isKnown)) one.close();
    },
  });

  async function serve(connection: Connection): Promise<void> {
    using open = connection;
    const host = open.remote.host;
    if (options.admits?.(host) === false) return;
    if (running.size >= Math.min(limits.total, spare.maxConnections)) return;
    const origins = originsOf(host, limits);
    if (origins.some(({ key, most }) => (byOrigin.get(key) ?? 0) >= most)) return;
    for (const { key } of origins) byOrigin.set(key, (byOrigin.get(key) ?? 0) + 1);
    try {
      await options.serve(open);
    } finally {
      for (const { key } of origins) {
        const left = (byOrigin.get(key) ?? 1) - 1;
        if (left === 0) byOrigin.delete(key);
        else byOrigin.set(key, left);
      }
    }
  }

  while (true) {
    try {
      const connection = await listener.accept();
      backoff.reset();
      const service = serve(connection).finally(() => running.delete(service));
      running.set(service, connection);
    } catch (error) {
      if (error instanceof ListenerClosedError || signal.aborted) break;
      openDoors.relieve(error);
      await sleep(clock, backoff.next(), signal);
    }
  }
  await Promise.all(running.keys());
}

/** For whom a connection counts: for its address and, if that is one of IPv6, for its network. */
function originsOf(
  host: string,
  { perAddress }: ConnectionLimits,
): { key: string; most: number }[] {
  if (isLoopback(host)) return [];
  const address = { key: host, most: perAddress };
  const network = networkOf(host);
  if (network === host) return [address];
  return [address, { key: network, most: perAddress * ADDRESS_SHARES_A_NETWORK }];
}

import { type Clock, systemClock } from "../clock.ts";
import type { Connection, Transport } from "../transport.ts";
import type { SwarmKeyError } from "./errors.ts";
import { KeyedConnection, type KeyedConnectionOptions } from "./keyed_connection.ts";
import type { SwarmKey } from "./swarm_key.ts";

/** How a {@linkcode keyedTransport} is to be. */
export interface KeyedTransportOptions {
  /** The key that all who are to be spoken with know. */
  readonly key: SwarmKey;
  /** Measures the time for a proof; the machine's clock by default. */
  readonly clock?: Clock;
  /** Is told of each who does not prove that he knows the key; by default nobody is. */
  readonly onRefused?: (error: SwarmKeyError, direction: "incoming" | "outgoing") => void;
}

/**
 * A transport that speaks only with those who know a key: both sides prove that to each other before
 * any data moves, and all data is encrypted and authenticated
 * (`Noise_NNpsk0_25519_AESGCM_SHA256`). What others get to see of it is that somebody is there.
 *
 * To dial and to accept take no longer than without the key: the proof is made in the connection,
 * where reading and writing wait for it, at most 8 s. They fail with {@linkcode SwarmKeyError} if it
 * does not come. Reading fails with {@linkcode TamperedStreamError} if what arrives is not what was
 * sent, or is cut off; nothing is read before it was checked.
 *
 * @example
 * ```ts
 * import { generateSwarmKey, keyedTransport, tcpTransport } from "../mod.ts";
 *
 * const transport = keyedTransport(tcpTransport, { key: generateSwarmKey() });
 * using listener = transport.listen({ host: "127.0.0.1", port: 0 });
 * using near = await transport.dial(listener.address);
 * using far = await listener.accept();
 * const reading = far.readable.getReader().read();
 * await near.writable.getWriter().write(Uint8Array.of(42));
 * if ((await reading).value?.[0] !== 42) throw new Error("both know the key");
 * ```
 */
export function keyedTransport(inner: Transport, options: KeyedTransportOptions): Transport {
  const { key, clock = systemClock, onRefused = () => undefined } = options;
  function wrap(connection: Connection, role: KeyedConnectionOptions["role"]): Connection {
    const direction = role === "initiator" ? "outgoing" : "incoming";
    return new KeyedConnection(connection, {
      ...{ key, clock, role },
      onRefused: (error) => onRefused(error, direction),
    });
  }
  return {
    listen(address) {
      const listener = inner.listen(address);
      return {
        address: listener.address,
        accept: async () => wrap(await listener.accept(), "responder"),
        close: () => listener.close(),
        ended: async () => await listener.ended?.(),
        [Symbol.dispose]: () => listener.close(),
      };
    },
    async dial(address, dialOptions) {
      return wrap(await inner.dial(address, dialOptions), "initiator");
    },
    ended: async () => await inner.ended?.(),
  };
}

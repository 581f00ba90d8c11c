import { formatAddress, isIpv4, isIpv6, type PeerAddress } from "./address.ts";
import type { AddressFilter } from "./address_filter.ts";
import type { Connection, Listener, Transport } from "./transport.ts";

/** An address is not to be connected to. */
export class AddressRefusedError extends Error {
  /** The name of the class, for messages. */
  override name = "AddressRefusedError";

  /** Makes the error of an address and the reason, a clause. */
  constructor(address: PeerAddress, reason: string) {
    super(`Cannot connect to ${formatAddress(address)}: ${reason}`);
  }
}

/** Why an address is refused that a filter does not admit. */
export const NOT_ADMITTED = "the lists of addresses do not let it in";

/**
 * A transport on which nothing is exchanged with those whom a filter does not admit: connections that
 * they open are closed at once, and none is opened to them. What a name stands for is known only when
 * it is connected to, and then closed before a byte is sent. A transport that says something by itself,
 * as {@linkcode tlsTransport} does, is not for this: it takes a filter of its own.
 *
 * Dialling throws {@linkcode AddressRefusedError} for them.
 */
export function filterTransport(transport: Transport, filter: AddressFilter): Transport {
  return {
    listen: (address) => filterListener(transport.listen(address), filter),
    async dial(address, options) {
      const { host } = address;
      if ((isIpv4(host) || isIpv6(host)) && !filter.admits(host)) {
        throw new AddressRefusedError(address, NOT_ADMITTED);
      }
      const connection = await transport.dial(address, options);
      if (filter.admits(connection.remote.host)) return connection;
      connection.close();
      throw new AddressRefusedError(address, NOT_ADMITTED);
    },
    ended: async () => await transport.ended?.(),
  };
}

function filterListener(listener: Listener, filter: AddressFilter): Listener {
  return {
    address: listener.address,
    async accept(): Promise<Connection> {
      while (true) {
        const connection = await listener.accept();
        if (filter.admits(connection.remote.host)) return connection;
        connection.close();
      }
    },
    close: () => listener.close(),
    ended: async () => await listener.ended?.(),
    [Symbol.dispose]: () => listener.close(),
  };
}

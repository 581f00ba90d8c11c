import { parseAddress, type PeerAddress } from "../../net/mod.ts";
import { UsageError } from "../cli_error.ts";
import { printable } from "../printable.ts";

/** How a client is named on the screen: `client[192.0.2.7,9021]`. */
export function clientName({ host, port }: PeerAddress): string {
  return `client[${host},${port}]`;
}

/**
 * Reads the address of a client from the two words of a command.
 *
 * @throws {UsageError} if they are none
 */
export function parseClient(ip: string | undefined, port: string | undefined): PeerAddress {
  const number = Number(port);
  try {
    if (!/^\d+$/.test(port ?? "") || number < 1 || number > 65_535) {
      throw new RangeError("a port is a number from 1 to 65535");
    }
    // By its address it is known to be the same as the one that the server names.
    const host = (ip ?? "").replace(/^\[(.*:.*)\]$/, "$1").replace(/^localhost$/i, "127.0.0.1");
    return parseAddress(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
  } catch (cause) {
    throw new UsageError(
      `Cannot read address ${printable(`${ip} ${port}`)}: it must be IP PORT, as in 192.0.2.7 9021`,
      { cause },
    );
  }
}

/** The same as the server names it: `Client[192.0.2.7,9021]`. */
export function capitalize(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

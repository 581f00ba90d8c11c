import {
  formatAddress,
  isLoopback,
  isUnicast,
  LocalAddresses,
  parseAddress,
  sleep,
  systemClock,
} from "../net/mod.ts";
import type { CliNode } from "./cli_node.ts";

/** How long a tracker that is connected may take to say where it sees us, in milliseconds. */
const PATIENCE_MS = 100;

/** Some address of IPv4 that is none of ours: what faces it is our address in the network. */
const SOMEWHERE = "192.0.2.1";

/**
 * Where others reach a node, for a link: the address at which it listens, or at which one of its
 * trackers sees it, or that of this machine; nothing if that is not known.
 */
export async function reachableAt(
  { node, trackers }: Pick<CliNode, "node" | "trackers">,
): Promise<string[]> {
  const { host, port } = node.address;
  if (isUnicast(host)) return [formatAddress({ host, port })];
  for (const { client } of trackers) {
    const welcome = await Promise.race([
      client.connected().catch(() => undefined),
      sleep(systemClock, PATIENCE_MS),
    ]);
    const seen = welcome && parseAddress(welcome.address);
    if (seen && !isLoopback(seen.host)) return [formatAddress({ host: seen.host, port })];
  }
  const here = new LocalAddresses().facing(SOMEWHERE, systemClock.now());
  return here === undefined ? [] : [formatAddress({ host: here, port })];
}

import { isIpv6, isLoopback } from "./address.ts";

/** An address of an interface, and the number of the interface where the system tells it. */
export interface InterfaceAddress {
  /** The address, without a zone. */
  readonly address: string;
  /** The number of the interface, with link-local addresses of IPv6; else 0. */
  readonly scope: number;
}

/** The addresses of IPv4 that mean every interface. */
const EVERY = ["0.0.0.0", "::"];

/**
 * The addresses of interfaces by which IPv4 groups are reached: the one named, or all but loopback,
 * which counts only where there is nothing else.
 */
export function ipv4Interfaces(
  host: string,
  known: readonly InterfaceAddress[] = askSystem(),
): string[] {
  if (!EVERY.includes(host)) return isIpv6(host) ? [] : [host];
  const addresses = known.map(({ address }) => address).filter((address) => !isIpv6(address));
  const distant = addresses.filter((address) => !isLoopback(address));
  if (distant.length > 0) return distant;
  // Which one that is, only the system knows.
  return addresses.length > 0 ? addresses : ["0.0.0.0"];
}

/**
 * The numbers of the interfaces by which IPv6 groups are reached: the one of the address named, or all;
 * 0, the one that the system prefers, where they are not known. None where there is no IPv6.
 */
export function ipv6Interfaces(
  host: string,
  known: readonly InterfaceAddress[] = askSystem(),
): number[] {
  if (!EVERY.includes(host)) {
    return isIpv6(host) ? [known.find(({ address }) => address === host)?.scope ?? 0] : [];
  }
  const own = known.filter(({ address }) => isIpv6(address) && !isLoopback(address));
  if (own.length === 0) return known.length === 0 ? [0] : [];
  const scopes = new Set(own.map(({ scope }) => scope).filter((scope) => scope > 0));
  return scopes.size > 0 ? [...scopes] : [0];
}

/** The addresses at which others on the same networks reach what listens at a host, of IPv4. */
export function reachableIpv4(host: string): string[] {
  return ipv4Interfaces(host).filter((address) => address !== "0.0.0.0");
}

/** What the system says; nothing if it may not be asked. */
function askSystem(): InterfaceAddress[] {
  const permission = { name: "sys", kind: "networkInterfaces" } as const;
  if (Deno.permissions.querySync(permission).state !== "granted") return [];
  return Deno.networkInterfaces().map(({ address, scopeid }) => ({ address, scope: scopeid ?? 0 }));
}

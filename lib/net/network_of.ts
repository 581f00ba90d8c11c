/** Groups of 16 bits of an IPv6 address, and those that name a network. */
const GROUPS = { all: 8, network: 4 } as const;

/**
 * The network of an IPv6 address, of which one machine may have all addresses: its first 64 bits, as
 * text that is the same for all of them and for nothing else. Anything but an IPv6 address in its one
 * spelling is given back as it is.
 */
export function networkOf(host: string): string {
  if (!host.includes(":")) return host;
  const [head = [], tail = []] = host.replace(/%.*/, "").split("::")
    .map((part) => part === "" ? [] : part.split(":"));
  const zeros = new Array<string>(Math.max(0, GROUPS.all - head.length - tail.length)).fill("0");
  return [...head, ...zeros, ...tail].slice(0, GROUPS.network).join(":");
}

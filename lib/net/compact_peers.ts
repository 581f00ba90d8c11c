import { concatBytes } from "../bytes/mod.ts";
import { foldMapped, type PeerAddress } from "./address.ts";
import { formatIp, ipBytes, IPV4_LENGTH, ipv4Number, IPV6_LENGTH } from "./ip_bytes.ts";

/** Bytes of a port. */
const PORT_LENGTH = 2;

/** An address family, by the name of its compact list in a reply. */
export type Family = "ipv4" | "ipv6";

/** Addresses of peers, packed (BEP 23, BEP 7). */
export interface CompactPeers {
  /** `<IPv4 address: 4 bytes><port: u16>` of each. */
  readonly ipv4: Uint8Array<ArrayBuffer>;
  /** `<IPv6 address: 16 bytes><port: u16>` of each. */
  readonly ipv6: Uint8Array<ArrayBuffer>;
}

/** An address to be packed; of one of IPv4 the number may be known already. */
export type PackedAddress = PeerAddress & { readonly ipv4?: number | undefined };

/** Packs addresses, each into the list of its family (BEP 23, BEP 7); names are left out. */
export function encodeCompactPeers(peers: readonly PackedAddress[]): CompactPeers {
  const ipv4 = new Uint8Array(peers.length * (IPV4_LENGTH + PORT_LENGTH));
  let length = 0;
  const others: Uint8Array[] = [];
  for (const peer of peers) {
    const number = peer.ipv4 ?? ipv4Number(foldMapped(peer.host));
    if (number === undefined) {
      const bytes = ipBytes(peer.host);
      if (bytes !== undefined) others.push(withPort(bytes, peer.port));
      continue;
    }
    ipv4[length] = number >> 24;
    ipv4[length + 1] = number >> 16;
    ipv4[length + 2] = number >> 8;
    ipv4[length + 3] = number;
    ipv4[length + 4] = peer.port >> 8;
    ipv4[length + 5] = peer.port;
    length += IPV4_LENGTH + PORT_LENGTH;
  }
  return { ipv4: ipv4.subarray(0, length), ipv6: concatBytes(others) };
}

/**
 * Reads a packed list of one family. Entries at port 0 are left out: nobody listens there.
 *
 * @throws {RangeError} if an entry is cut off
 */
export function decodeCompactPeers(bytes: Uint8Array, family: Family): PeerAddress[] {
  const addressLength = family === "ipv4" ? IPV4_LENGTH : IPV6_LENGTH;
  const entryLength = addressLength + PORT_LENGTH;
  if (bytes.length % entryLength !== 0) {
    throw new RangeError(
      `Cannot read peers: ${bytes.length} bytes are no multiple of ${entryLength}`,
    );
  }
  const peers: PeerAddress[] = [];
  for (let at = 0; at < bytes.length; at += entryLength) {
    const end = at + addressLength;
    const port = (bytes[end]! << 8) | bytes[end + 1]!;
    if (port !== 0) peers.push({ host: formatIp(bytes.subarray(at, end)), port });
  }
  return peers;
}

/** Reads the whole entries of a packed list, as other programs write it: cut off, or padded. */
export function decodePaddedPeers(bytes: Uint8Array, family: Family): PeerAddress[] {
  const entryLength = (family === "ipv4" ? IPV4_LENGTH : IPV6_LENGTH) + PORT_LENGTH;
  return decodeCompactPeers(
    bytes.subarray(0, bytes.length - bytes.length % entryLength),
    family,
  );
}

function withPort(address: Uint8Array, port: number): Uint8Array {
  const entry = new Uint8Array(address.length + PORT_LENGTH);
  entry.set(address);
  entry[address.length] = port >> 8;
  entry[address.length + 1] = port;
  return entry;
}

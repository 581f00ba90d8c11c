import { ipBytes, IPV4_LENGTH, type PeerAddress } from "../../net/mod.ts";

/** The polynomial of CRC-32C, its bits turned around. */
const POLYNOMIAL = 0x82f63b78;

/** Every other bit of a byte. */
const HALF_MASK = 0x55;

/**
 * The canonical priority of a connection between two peers (BEP 40), from 0 to 2^32 - 1: both ends
 * compute the same, and nobody can choose it. A full peer keeps the connections of high priority, so
 * that a swarm becomes a random graph that is open to newcomers. 0 if the addresses are not of one
 * family, or not of IP.
 */
export function peerPriority(ours: PeerAddress, theirs: PeerAddress): number {
  const own = ipBytes(ours.host);
  const other = ipBytes(theirs.host);
  if (own === undefined || own.length !== other?.length) return 0;
  const shared = own.findIndex((byte, at) => byte !== other[at]);
  if (shared < 0) return ofPorts(ours.port, theirs.port);
  // Whole are the bytes of the network that both are in, and those that make them differ.
  const least = own.length === IPV4_LENGTH ? 2 : 6;
  const whole = shared < least ? least : shared + 1;
  const masked = [own, other].map((bytes) =>
    bytes.map((byte, at) => at < whole ? byte : byte & HALF_MASK)
  );
  return crc32c(sorted(masked[0]!, masked[1]!));
}

function ofPorts(own: number, other: number): number {
  const bytes = [own, other].map((port) => Uint8Array.of(port >> 8, port));
  return crc32c(sorted(bytes[0]!, bytes[1]!));
}

/** Both, one behind the other, the lower one first. */
function sorted(a: Uint8Array, b: Uint8Array): number[] {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  const isSorted = at < 0 || a[at]! < b[at]!;
  return isSorted ? [...a, ...b] : [...b, ...a];
}

/** CRC-32C (Castagnoli), of few bytes: without a table. */
function crc32c(bytes: readonly number[]): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}

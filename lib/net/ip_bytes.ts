import { foldMapped, isIpv6 } from "./address.ts";

/** Bytes of an IPv4 address. */
export const IPV4_LENGTH = 4;

/** Bytes of an IPv6 address. */
export const IPV6_LENGTH = 16;

/**
 * The bytes of an IP address in network order, 4 of IPv4 and 16 of IPv6; one of IPv6 that stands for
 * one of IPv4 is taken as that. `undefined` if the text is no IP address, or has a zone.
 */
export function ipBytes(host: string): Uint8Array<ArrayBuffer> | undefined {
  const ipv4 = new Uint8Array(IPV4_LENGTH);
  if (writeIpv4(host, ipv4, 0)) return ipv4;
  if (!isIpv6(host) || host.includes("%")) return undefined;
  const folded = foldMapped(host);
  return folded.includes(":") ? ipv6Bytes(folded) : ipBytes(folded);
}

/** Whether a text is an IP address of one machine: not unspecified, of a group, or of everybody. */
export function isUnicast(host: string): boolean {
  const bytes = ipBytes(host);
  if (bytes === undefined) return false;
  const [first = 0] = bytes;
  const isMulticast = bytes.length === IPV4_LENGTH ? first >= 224 : first === 0xff;
  return !isMulticast && bytes.some((byte) => byte !== 0);
}

/** Writes the bytes of an IPv4 address of four decimal numbers; tells whether it was one. */
export function writeIpv4(host: string, target: Uint8Array, at: number): boolean {
  const number = ipv4Number(host);
  if (number === undefined) return false;
  for (let byte = 0; byte < IPV4_LENGTH; byte++) target[at + byte] = number >> (24 - 8 * byte);
  return true;
}

/**
 * An IPv4 address of four decimal numbers as one number of 32 bits with a sign, its first byte the
 * highest; `undefined` if the text is anything else.
 */
export function ipv4Number(host: string): number | undefined {
  let number = 0;
  let part = 0;
  let digits = 0;
  let parts = 0;
  for (let index = 0; index <= host.length; index++) {
    const code = index === host.length ? DOT : host.charCodeAt(index);
    if (code === DOT) {
      if (digits === 0 || parts++ === IPV4_LENGTH) return undefined;
      number = (number << 8) | part;
      part = 0;
      digits = 0;
    } else {
      const digit = code - ZERO;
      if (digit < 0 || digit > 9 || (digits > 0 && part === 0)) return undefined;
      part = part * 10 + digit;
      if (part > 255) return undefined;
      digits++;
    }
  }
  return parts === IPV4_LENGTH ? number : undefined;
}

/**
 * Writes bytes in network order as an IP address, of IPv6 in its one spelling (RFC 5952).
 *
 * @throws {RangeError} if there are neither 4 nor 16 of them
 */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === IPV4_LENGTH) return bytes.join(".");
  if (bytes.length !== IPV6_LENGTH) {
    throw new RangeError(`Cannot read IP address: it has ${bytes.length} bytes, must have 4 or 16`);
  }
  const groups = Array.from(
    { length: 8 },
    (_, group) => ((bytes[2 * group]! << 8) | bytes[2 * group + 1]!).toString(16),
  );
  return foldMapped(groups.join(":"));
}

const DOT = 0x2e;
const ZERO = 0x30;

/** The bytes of an IPv6 address in its one spelling. */
function ipv6Bytes(address: string): Uint8Array<ArrayBuffer> {
  const [head = "", tail] = address.split("::");
  const front = groupsOf(head);
  const back = groupsOf(tail ?? "");
  const gap = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...new Array<number>(gap).fill(0), ...back];
  const bytes = new Uint8Array(IPV6_LENGTH);
  const view = new DataView(bytes.buffer);
  for (const [at, group] of groups.entries()) view.setUint16(2 * at, group);
  return bytes;
}

function groupsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}

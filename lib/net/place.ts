import { isLoopback } from "./address.ts";
import { formatIp, ipBytes, IPV4_LENGTH } from "./ip_bytes.ts";

/** Where a host is, from the outside to the inside: nothing leads a stranger further in. */
export const PLACES = ["anywhere", "a private network", "this machine"] as const;

/** Where a host is. */
export type Place = typeof PLACES[number];

/** Where the host of a URL is, by its address or name; what a name stands for is not looked up. */
export function placeOf(hostname: string): Place {
  const host = hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "").replace(/%.*$/, "")
    .toLowerCase();
  if (isLoopback(host) || host.endsWith(".localhost")) return "this machine";
  const bytes = ipBytes(host);
  return bytes === undefined ? "anywhere" : placeOfBytes(bytes);
}

/** The innermost of some places. */
export function innermost(places: readonly Place[]): Place {
  return PLACES[Math.max(0, ...places.map((place) => PLACES.indexOf(place)))] ?? "this machine";
}

function placeOfBytes(bytes: Uint8Array): Place {
  const embedded = embeddedIn(bytes);
  const isGlobal = !startsWith(bytes, ...LOCAL_TRANSLATION);
  if (embedded !== undefined && isGlobal) return placeOfBytes(embedded);
  if (embedded !== undefined) return innermost(["a private network", placeOfBytes(embedded)]);
  if (isThisMachine(bytes)) return "this machine";
  return isPrivate(bytes) ? "a private network" : "anywhere";
}

/**
 * The IPv4 address that an IPv6 address leads to, if it does: through a translator (RFC 2765, 6052,
 * 8215), a relay (RFC 3056, 4380), or by an old way of writing it (RFC 4291, 2.5.5.1). One that is the
 * same as an IPv4 address (`::ffff:1.2.3.4`) is taken as that, and has none in it.
 */
export function embeddedIpv4(host: string): readonly [] | readonly [string] {
  const bytes = ipBytes(host);
  const embedded = bytes && embeddedIn(bytes);
  return embedded === undefined ? [] : [formatIp(embedded)];
}

/** What translators within a network use (RFC 8215). */
const LOCAL_TRANSLATION = [0x00, 0x64, 0xff, 0x9b, 0x00, 0x01] as const;

function startsWith(bytes: Uint8Array, ...start: readonly number[]): boolean {
  return start.every((byte, at) => bytes[at] === byte);
}

function embeddedIn(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length === IPV4_LENGTH) return undefined;
  if (startsWith(bytes, 0x20, 0x02)) return bytes.subarray(2, 6);
  // Teredo has the address of whom it leads to with all bits turned.
  if (startsWith(bytes, 0x20, 0x01, 0, 0)) return bytes.slice(12).map((byte) => byte ^ 0xff);
  const isTranslated = startsWith(bytes, ...LOCAL_TRANSLATION) ||
    startsWith(bytes, 0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0) ||
    startsWith(bytes, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0);
  const isCompatible = startsWith(bytes, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) &&
    bytes.subarray(12, 14).some((byte) => byte !== 0);
  return isTranslated || isCompatible ? bytes.subarray(12) : undefined;
}

/** Whether an address is loopback, or stands for no other machine (RFC 1122, 3.2.1.3; RFC 4291). */
function isThisMachine(bytes: Uint8Array): boolean {
  if (bytes.length === IPV4_LENGTH) return bytes[0] === 0 || bytes[0] === 127;
  return bytes.every((byte, at) => byte === 0 || (at === 15 && byte === 1));
}

/**
 * Whether an address is of a network of its own (RFC 1918, 3879, 3927, 4193, 4291, 6598), or of none
 * that is reached from everywhere (RFC 2544, 6890).
 */
function isPrivate(bytes: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0] = bytes;
  if (bytes.length !== IPV4_LENGTH) {
    return (first & 0xfe) === 0xfc || (first === 0xfe && (second & 0x80) === 0x80);
  }
  return first === 10 || (first === 172 && (second & 0xf0) === 16) ||
    (first === 192 && second === 168) || (first === 169 && second === 254) ||
    (first === 100 && (second & 0xc0) === 64) || (first === 198 && (second & 0xfe) === 18) ||
    (first === 192 && second === 0 && third === 0);
}

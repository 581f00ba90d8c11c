import { quoteText } from "../bytes/mod.ts";
import { MAX_HOST_NAME_LENGTH } from "./limits.ts";

/** Where a peer or a tracker listens. */
export interface PeerAddress {
  /** An IP address without brackets, or a name. */
  readonly host: string;
  /** A TCP or UDP port, 0 to 65535. */
  readonly port: number;
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6 = /^([0-9a-f:.]+)(%[\w.-]{1,15})?$/i;
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;
const HOST_NAME =
  /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i;
/** Resolvers read a name whose last label is a number as an IPv4 address in some old notation. */
const ENDS_IN_NUMBER = /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i;
/** Whether the text is an IPv4 address of four decimal numbers. */
export function isIpv4(host: string): boolean {
  return IPV4.test(host);
}

/** Whether the text is an IPv6 address, without brackets, with or without a zone. */
export function isIpv6(host: string): boolean {
  return canonicalIpv6(host) !== undefined;
}

function isHostName(host: string): boolean {
  return host.length <= MAX_HOST_NAME_LENGTH && HOST_NAME.test(host) && !ENDS_IN_NUMBER.test(host);
}

/** The one spelling of an IPv6 address (RFC 5952); `undefined` if it is none. */
function canonicalIpv6(host: string): string | undefined {
  const [, address, zone = ""] = (host.includes(":") && IPV6.exec(host)) || [];
  // To parse a URL takes long, and most hosts are none of IPv6.
  if (address === undefined) return undefined;
  const url = `http://[${address}]/`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) + zone : undefined;
}

/**
 * Gives each IPv6 address its one spelling, and turns one that stands for an IPv4 address
 * (`::ffff:1.2.3.4`) into that; leaves IPv4 addresses and names alone.
 */
export function foldMapped(host: string): string {
  const address = canonicalIpv6(host);
  if (address === undefined) return host;
  const [, high, low] = MAPPED.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  return [high, low].flatMap((hex) => [parseInt(hex, 16) >> 8, parseInt(hex, 16) & 0xff]).join(".");
}

/** Whether an address is one by which a machine reaches only itself. */
export function isLoopback(host: string): boolean {
  const folded = foldMapped(host).toLowerCase();
  return folded === "localhost" || folded === "::1" ||
    (isIpv4(folded) && folded.startsWith("127."));
}

/**
 * Parses `host:port`, `[IPv6]:port`, or, with a default port, a host alone. An IPv6 address comes out
 * as {@linkcode foldMapped} spells it.
 *
 * @throws {SyntaxError} if the host or the port is missing or malformed
 */
export function parseAddress(text: string, options: { defaultPort?: number } = {}): PeerAddress {
  const trimmed = text.trim();
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(trimmed) ??
    [];
  const host = bracketed ?? plain ?? trimmed;
  const hostIsValid = plain === undefined ? isIpv6(host) : isIpv4(host) || isHostName(host);
  const port = digits === undefined ? options.defaultPort : Number(digits);
  if (!hostIsValid || port === undefined || port > 65535) {
    throw new SyntaxError(
      `Cannot read address ${
        quoteText(text)
      }: it must be HOST:PORT, as in 192.0.2.7:6789 or [2001:db8::7]:6789`,
    );
  }
  return { host: foldMapped(host), port };
}

/** Writes an address as `host:port`, an IPv6 address in brackets. */
export function formatAddress(address: PeerAddress): string {
  return address.host.includes(":")
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`;
}

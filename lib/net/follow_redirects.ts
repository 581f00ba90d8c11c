import { isLoopback } from "./address.ts";
import { ipBytes, IPV4_LENGTH } from "./ip_bytes.ts";
import { tlsErrorOf } from "./tls_error.ts";

/** Redirects that are followed. */
export const MAX_REDIRECTS = 3;

/** A server sends us where we do not go. */
export class RedirectError extends Error {
  /** The name of the class, for messages. */
  override name = "RedirectError";
}

/** What fetches over HTTP: the runtime's `fetch`, or a double of it in tests. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Fetches over HTTP, and goes where it was moved to: three times at most, only by HTTP or HTTPS, and
 * not from elsewhere to this machine or its network, where a stranger may want to reach what he
 * cannot. Needs the permission `--allow-net`.
 *
 * @throws {RedirectError} if it leads where it must not
 */
export async function followRedirects(
  first: string,
  init: RequestInit,
  get: Fetch = fetch,
): Promise<Response> {
  let url = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await get(url, { ...init, redirect: "manual" });
    const location = response.headers.get("location");
    const isMoved = response.status >= 300 && response.status < 400 && location !== null;
    if (!isMoved) return response;
    await response.body?.cancel();
    url = redirectTarget(location, url);
  }
  throw new RedirectError(`it redirects more than ${MAX_REDIRECTS} times`);
}

function redirectTarget(location: string, from: string): string {
  if (!URL.canParse(location, from)) throw new RedirectError("it redirects to what is no URL");
  const { protocol, hostname, href } = new URL(location, from);
  if (!/^https?:$/.test(protocol)) throw new RedirectError(`it redirects to ${protocol}`);
  const place = placeOf(hostname);
  if (PLACES.indexOf(place) > PLACES.indexOf(placeOf(new URL(from).hostname))) {
    throw new RedirectError(`it redirects to ${place}`);
  }
  return href;
}

/** Where a host is, from the outside to the inside: nothing leads a stranger further in. */
const PLACES = ["anywhere", "a private network", "this machine"] as const;

/** Where the host of a URL is, by its address or name. */
export function placeOf(hostname: string): typeof PLACES[number] {
  const host = hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "").toLowerCase();
  if (isLoopback(host) || host.endsWith(".localhost")) return "this machine";
  const bytes = ipBytes(host);
  if (bytes === undefined) return "anywhere";
  if (bytes.every((byte) => byte === 0)) return "this machine";
  return isPrivate(bytes) ? "a private network" : "anywhere";
}

/** Whether an address is of a network of its own (RFC 1918, 3927, 4193, 4291, 6598). */
function isPrivate(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes;
  if (bytes.length !== IPV4_LENGTH) {
    return (first & 0xfe) === 0xfc || (first === 0xfe && (second & 0xc0) === 0x80);
  }
  return first === 10 || (first === 172 && (second & 0xf0) === 16) ||
    (first === 192 && second === 168) || (first === 169 && second === 254) ||
    (first === 100 && (second & 0xc0) === 64);
}

/** Why something could not be fetched, in a clause without the URL, which may be a key. */
export function describeFetchFailure(error: unknown): string {
  if (!(error instanceof Error)) return `${error}`;
  // A failed request has its reason as its cause, after the whole URL.
  const { message } = error instanceof TypeError && error.cause instanceof Error
    ? error.cause
    : error;
  if (/connection refused/i.test(message)) return "nobody listens there";
  if (/invalid HTTP version/.test(message)) {
    return "it speaks no HTTP; if it speaks TLS, name it with https://";
  }
  const tls = tlsErrorOf(message);
  if (tls !== undefined && /client error \(Connect\)/.test(message)) return tls.message;
  return message.replace(/^.*client error \(\w+\): /s, "");
}

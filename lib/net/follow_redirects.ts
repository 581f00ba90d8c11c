import { MAX_REDIRECTS } from "./limits.ts";
import { placeOf, PLACES } from "./place.ts";
import { tlsErrorOf } from "./tls_error.ts";

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
 * cannot. `check` sees each place before it is gone to, and throws if it must not be. Needs the
 * permission `--allow-net`.
 *
 * @throws {RedirectError} if it leads where it must not
 */
export async function followRedirects(
  first: string,
  init: RequestInit,
  get: Fetch = fetch,
  check: (url: string) => Promise<void> = () => Promise.resolve(),
): Promise<Response> {
  let url = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await get(url, { ...init, redirect: "manual" });
    const location = response.headers.get("location");
    const isMoved = response.status >= 300 && response.status < 400 && location !== null;
    if (!isMoved) return response;
    await response.body?.cancel();
    url = redirectTarget(location, url);
    await check(url);
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

import { MAX_REDIRECTS } from "./limits.ts";
import { type Fetch, pinnedFetch } from "./pinned_fetch.ts";
import { placeOf, PLACES } from "./place.ts";
import { tlsErrorOf } from "./tls_error.ts";

/** A server sends us where we do not go. */
export class RedirectError extends Error {
  /** The name of the class, for messages. */
  override name = "RedirectError";
}

/** How {@linkcode followRedirects} goes; all of it has defaults. */
export interface FollowOptions {
  /** What fetches; {@linkcode pinnedFetch} by default. */
  readonly get?: Fetch | undefined;
  /** What the host of the first URL stands for, if it was looked up. */
  readonly addresses?: readonly string[] | undefined;
  /**
   * Sees each other place before it is gone to, and throws if it must not be; gives what its host
   * stands for, if it has looked that up.
   */
  readonly check?: ((url: string) => Promise<readonly string[] | undefined>) | undefined;
}

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
  options: FollowOptions = {},
): Promise<Response> {
  const { get = pinnedFetch, check } = options;
  let url = first;
  let addresses = options.addresses;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await get(url, { ...init, redirect: "manual" }, addresses);
    const location = response.headers.get("location");
    const isMoved = response.status >= 300 && response.status < 400 && location !== null;
    if (!isMoved) return response;
    await response.body?.cancel();
    url = redirectTarget(location, url);
    addresses = await check?.(url);
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

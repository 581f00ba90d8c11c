import { isLoopback } from "./address.ts";

/** Redirects that are followed. */
export const MAX_REDIRECTS = 3;

/** What fetches over HTTP: the runtime's `fetch`, or a double of it in tests. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Fetches over HTTP, and goes where it was moved to: three times at most, only by HTTP or HTTPS, and
 * not from elsewhere to this machine, where a stranger may want to reach what he cannot. Needs the
 * permission `--allow-net`.
 *
 * @throws {Error} if it leads where it must not
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
  throw new Error(`it redirects more than ${MAX_REDIRECTS} times`);
}

function redirectTarget(location: string, from: string): string {
  if (!URL.canParse(location, from)) throw new Error("it redirects to what is no URL");
  const { protocol, hostname, href } = new URL(location, from);
  if (!/^https?:$/.test(protocol)) throw new Error(`it redirects to ${protocol}`);
  if (isHere(hostname) && !isHere(new URL(from).hostname)) {
    throw new Error("it redirects to this machine");
  }
  return href;
}

function isHere(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return host === "localhost" || isLoopback(host);
}

import { isIpv4, isIpv6 } from "./address.ts";
import { type Clock, systemClock } from "./clock.ts";
import { ADDRESS_PATIENCE_MS } from "./limits.ts";

/**
 * What fetches over HTTP: {@linkcode pinnedFetch}, or a double of it in tests. The addresses are those
 * that the host stands for, if they were looked up; none others are to be asked.
 */
export type Fetch = (
  url: string,
  init: RequestInit,
  addresses?: readonly string[],
) => Promise<Response>;

/** By which Deno's `fetch` is told of a proxy; it asks through it, whatever a host stands for. */
const PROXY_VARIABLES = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] as const;

/**
 * Fetches as the runtime's `fetch` does, but of an `http:` URL at the addresses that were looked up
 * before, one after the other until one answers: who answers for a name cannot give another address
 * the second time (DNS rebinding).
 *
 * Of `https:` the certificate has to be for the name instead. Where a proxy is named in the environment
 * it looks names up; and a runtime that cannot connect to an address of choice, as Deno before 2.5,
 * looks the name up again. Needs the permission `--allow-net`.
 */
export async function pinnedFetch(
  url: string,
  init: RequestInit,
  addresses: readonly string[] = [],
  clock: Clock = systemClock,
): Promise<Response> {
  const { protocol, hostname, port } = new URL(url);
  const isName = !isIpv4(hostname) && !hostname.startsWith("[");
  const hosts = addresses.filter((host) => isIpv4(host) || isIpv6(host));
  if (protocol !== "http:" || !isName || isProxied()) return await fetch(url, init);
  for (const [at, host] of hosts.entries()) {
    const client = clientAt(host, port === "" ? 80 : Number(port));
    if (client === undefined) break;
    try {
      if (at === hosts.length - 1) return await fetch(url, { ...init, client });
      return await fetchSoon(url, { ...init, client }, clock);
    } catch (error) {
      if (at === hosts.length - 1 || init.signal?.aborted) throw error;
    } finally {
      // An answer that has begun goes on.
      client.close();
    }
  }
  return await fetch(url, init);
}

/** Fetches, and gives up if the answer does not begin soon. */
async function fetchSoon(
  url: string,
  init: RequestInit & { readonly client: Deno.HttpClient },
  clock: Clock,
): Promise<Response> {
  const patience = new AbortController();
  using _timer = clock.setTimer(() => patience.abort(), ADDRESS_PATIENCE_MS);
  const signals = init.signal ? [init.signal] : [];
  return await fetch(url, { ...init, signal: AbortSignal.any([patience.signal, ...signals]) });
}

/** What connects to an address only, whatever the URL says; nothing if the runtime has no such thing. */
function clientAt(host: string, port: number): Deno.HttpClient | undefined {
  // Bytes go through what is called a proxy as they are: the request is the same as without one.
  const hostname = isIpv6(host) ? `[${host}]` : host;
  const options: object = { proxy: { transport: "tcp", hostname, port } };
  try {
    return Deno.createHttpClient(options);
  } catch (error) {
    if (error instanceof TypeError && /proxy\.transport/.test(error.message)) return undefined;
    throw error;
  }
}

function isProxied(): boolean {
  return PROXY_VARIABLES.some((variable) => {
    const { state } = Deno.permissions.querySync({ name: "env", variable });
    return state === "granted" && Boolean(Deno.env.get(variable));
  });
}

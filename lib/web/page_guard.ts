import { isIpv4, isIpv6, isLoopback } from "../net/mod.ts";
import { MAX_HOST_LENGTH } from "./limits.ts";
import { textResponse } from "./responses.ts";

/** Whom a page is for. */
export type Audience = "this machine" | "everybody";

/** What a {@linkcode PageGuard} looks at of a request. */
export type Guarded = Pick<Request, "headers"> & Partial<Pick<Request, "url">>;

/** What a {@linkcode PageGuard} lets pass. */
export interface GuardOptions {
  /** From where a page may be asked for. */
  readonly audience: Audience;
  /** What to do so that others may, too, as a sentence: it is told to those who may not. */
  readonly wayOut: string;
  /** Names of this machine, besides its addresses and `localhost`, by which it may be asked. */
  readonly names?: readonly string[];
  /**
   * Whether it is a proxy that says from where a request comes. If it is none, as usual, what one has
   * passed on is not for this machine alone: it comes from the proxy, whoever asks.
   */
  readonly proxy?: "believed" | "none";
}

/** Headers that proxies add (RFC 7239; RFC 9110, 7.6.3; the others by custom). */
const OF_PROXIES = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/**
 * Keeps pages, and what they may do, from those they are not for: from other machines, if they are for
 * this one alone; and from the pages of others in a browser on it. For the latter a request must name
 * this machine by an address or a known name (a page whose name was made to lead here would read what we
 * answer: DNS rebinding), and must not come from another origin (Fetch Standard, `Origin` and
 * `Sec-Fetch-Site`).
 */
export class PageGuard {
  readonly #options: GuardOptions;
  readonly #names: ReadonlySet<string>;

  /** Makes a guard. */
  constructor(options: GuardOptions) {
    this.#options = options;
    this.#names = new Set(options.names?.map((name) => name.toLowerCase()));
  }

  /** The answer to a request of somebody at an IP address, if it may not pass. */
  refusal(request: Guarded, host: string): Response | undefined {
    const reason = this.reasonAgainst(request, host);
    return reason === undefined ? undefined : textResponse(403, `${reason}\n`);
  }

  /** Why a request of somebody at an IP address may not pass, as a sentence; nothing if it may. */
  reasonAgainst(request: Guarded, host: string): string | undefined {
    const { headers } = request;
    const { audience, wayOut } = this.#options;
    if (audience === "this machine" && !this.isLocal(request, host)) {
      const asks = isLoopback(host) ? ", and a proxy asks for somebody" : "";
      return `This is for the machine itself${asks}. ${wayOut}`;
    }
    const named = namedHost(request);
    if (!this.#isOurs(nameIn(named))) {
      return "This machine is not known by that name: ask for its IP address, or for localhost";
    }
    const origin = headers.get("origin");
    const isOwn = origin === null || origin === `http://${named}` || origin === `https://${named}`;
    return isOwn && !isFromElsewhere(headers) ? undefined : "Pages of others may not ask for this";
  }

  /** Whether somebody at an IP address asks from this machine, and not by a proxy on it for others. */
  isLocal({ headers }: Guarded, host: string): boolean {
    if (!isLoopback(host)) return false;
    return this.#options.proxy === "believed" || !OF_PROXIES.some((name) => headers.has(name));
  }

  #isOurs(name: string): boolean {
    if (isIpv4(name) || isIpv6(name)) return true;
    const plain = name.replace(/\.$/, "");
    return /^(?:[a-z0-9_-]+\.)*localhost$/.test(plain) || this.#names.has(plain);
  }
}

/**
 * How a request names this machine, `HOST:PORT` or `HOST`, in lower case. HTTP/2 has it in the URL instead
 * of a header (RFC 9113, 8.3.1).
 */
export function namedHost({ headers, url = "" }: Guarded): string {
  const named = headers.get("host") ?? /^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1] ?? "";
  return named.toLowerCase();
}

/**
 * The name or address in a `Host` header in lower case; nothing where that cannot stand in a URL. A zone
 * of IPv6 means nothing to others.
 */
function nameIn(host: string): string {
  if (host.length > MAX_HOST_LENGTH || !URL.canParse(`http://${host}/`)) return "";
  const [, bracketed, plain = ""] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(host) ?? [];
  // Only an IPv6 address has brackets, and always.
  if (bracketed === undefined) return plain;
  return isIpv6(bracketed) && !bracketed.includes("%") ? bracketed : "";
}

/** Whether a page of somebody else asks; to follow a link of one is another thing. */
function isFromElsewhere(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== "cross-site" && site !== "same-site") return false;
  return headers.get("sec-fetch-mode") !== "navigate";
}

import { type AddressFilter, EVERYBODY } from "./address_filter.ts";
import { NOT_ADMITTED } from "./filter_transport.ts";
import { innermost, placeOf } from "./place.ts";
import { type Resolve, resolveHost } from "./resolve_host.ts";
import { type PrivateUrls, refusalOfUrl, urlParts, type UrlUse } from "./url_rules.ts";

/** A torrent names a URL that is not to be asked. */
export class UrlRefusedError extends Error {
  /** The name of the class, for messages. */
  override name = "UrlRefusedError";
}

/** How a {@linkcode UrlGuard} is to be; all of it has defaults. */
export interface UrlGuardOptions {
  /** Gives the addresses that a host stands for; by default as the system does. */
  readonly resolve?: Resolve;
  /** Whose address may be asked; everybody's by default. */
  readonly addresses?: AddressFilter;
  /** Whether torrents may name anything on this machine or private networks; refused by default. */
  readonly privateUrls?: PrivateUrls;
}

/**
 * Keeps torrents and magnet links from having us ask what strangers must not reach, as
 * {@linkcode refusalOfUrl} has it. A name is looked up first, and all that it stands for must be right.
 *
 * Of UDP trackers the address that was looked at is the one that is asked. The runtime's `fetch` looks
 * names up again by itself and takes no address: there, whoever answers for a name can give another
 * address the second time.
 */
export class UrlGuard {
  readonly #options: UrlGuardOptions;

  /** Makes a guard that knows no URLs. */
  constructor(options: UrlGuardOptions = {}) {
    this.#options = options;
  }

  /**
   * Gives the addresses of a URL's host, all of which may be asked.
   *
   * @throws {UrlRefusedError} if one may not be
   * @throws {Error} if the host is not known
   */
  async check(url: string, use: UrlUse): Promise<readonly string[]> {
    const { resolve = resolveHost, addresses: filter = EVERYBODY, privateUrls } = this.#options;
    const rules = { use, ...(privateUrls && { privateUrls }) };
    // What is wrong as it stands there needs no look-up.
    refuseIf(refusalOfUrl(url, { ...rules, addresses: [] }));
    const host = urlParts(url)?.host ?? "";
    const addresses = await resolve(host).catch((cause: unknown) => {
      // The proxy through which everything goes may know it; there is nothing to be checked here.
      if (privateUrls === "allowed" && filter === EVERYBODY) return [host];
      if (cause instanceof Deno.errors.NotCapable) throw cause;
      throw new Error("its name cannot be looked up", { cause });
    });
    if (addresses.length === 0) throw new Error("its name stands for no address");
    refuseIf(refusalOfUrl(url, { ...rules, addresses }));
    refuseIf(addresses.every((address) => filter.admits(address)) ? undefined : NOT_ADMITTED);
    return addresses;
  }

  /**
   * Checks where a server sends us: there only what is open to anybody may be.
   *
   * @throws {UrlRefusedError} if we do not go there
   * @throws {Error} if the host is not known
   */
  async checkRedirect(url: string, use: UrlUse): Promise<void> {
    const addresses = await this.check(url, use);
    if (this.#options.privateUrls === "allowed") return;
    const place = innermost(addresses.map(placeOf));
    refuseIf(place === "anywhere" ? undefined : `it redirects to ${place}`);
  }
}

function refuseIf(reason: string | undefined): void {
  if (reason !== undefined) throw new UrlRefusedError(reason);
}

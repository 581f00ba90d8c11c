import { type AddressFilter, EVERYBODY } from "./address_filter.ts";
import { NOT_ADMITTED } from "./filter_transport.ts";
import { innermost, type Place, placeOf } from "./place.ts";
import { type Resolve, resolveHost } from "./resolve_host.ts";
import { type PrivateUrls, refusalOfUrl, urlParts, type UrlUse } from "./url_rules.ts";

/** A torrent names a URL that is not to be asked. */
export class UrlRefusedError extends Error {
  /** The name of the class, for messages. */
  override name = "UrlRefusedError";
}

/** Where a URL leads. */
export interface Location {
  /** The innermost place of the addresses. */
  readonly place: Place;
  /** What its host stands for. */
  readonly addresses: readonly string[];
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
 * Who asks is given the addresses that were looked at, and asks no others: a UDP tracker itself, by HTTP
 * with {@linkcode pinnedFetch}. By HTTPS the certificate has to be for the name.
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
   * Where a URL that the user himself has named leads, with the addresses of its host; anywhere, and
   * none, if it cannot be looked up here. Only what leads within may send us on as it likes, if it is
   * asked at these addresses.
   */
  async locate(url: string): Promise<Location> {
    const { resolve = resolveHost } = this.#options;
    const host = urlParts(url)?.host ?? "";
    const addresses = await resolve(host).catch(() => []);
    return { place: innermost([host, ...addresses].map(placeOf)), addresses };
  }

  /**
   * Checks where a server sends us: there only what is open to anybody may be. Gives the addresses of
   * its host, all of which may be asked.
   *
   * @throws {UrlRefusedError} if we do not go there
   * @throws {Error} if the host is not known
   */
  async checkRedirect(url: string, use: UrlUse): Promise<readonly string[]> {
    const addresses = await this.check(url, use);
    if (this.#options.privateUrls === "allowed") return addresses;
    const place = innermost(addresses.map(placeOf));
    refuseIf(place === "anywhere" ? undefined : `it redirects to ${place}`);
    return addresses;
  }
}

function refuseIf(reason: string | undefined): void {
  if (reason !== undefined) throw new UrlRefusedError(reason);
}

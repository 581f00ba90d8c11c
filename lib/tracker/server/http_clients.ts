import {
  type AddressFilter,
  foldMapped,
  isIpv4,
  isIpv6,
  isLoopback,
  placeOf,
} from "../../net/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import type { ClientAddress } from "./visitors.ts";

/** What is looked at to tell who asks. */
export interface WithHeaders {
  readonly headers: { get(name: string): string | null };
}

/** Tells where those are who ask by HTTP: where their connection comes from, or where a proxy says. */
export class HttpClients {
  /** How a client's address is told. */
  readonly toldBy: ClientAddress;
  readonly #addresses: AddressFilter;

  /** Makes one that lets in only certain addresses. */
  constructor(addresses: AddressFilter, toldBy: ClientAddress) {
    this.#addresses = addresses;
    this.toldBy = toldBy;
  }

  /** Whether a client's address is let in; behind a proxy that of whom it names, or else its own. */
  admits(request: WithHeaders, remoteHost: string): boolean {
    const own = foldMapped(remoteHost);
    const host = this.toldBy === "connection" || !mayBeProxy(own)
      ? own
      : forwardedFor(request, own) ?? own;
    return this.#addresses.admits(host);
  }

  /**
   * Where a client is.
   *
   * @throws {TrackerRefusedError} if a proxy should have told, and it has not or this is none
   */
  hostOf(request: WithHeaders, remoteHost: string): string {
    if (this.toldBy === "connection") return remoteHost;
    if (!mayBeProxy(remoteHost)) {
      throw new TrackerRefusedError(
        REFUSAL.forbidden,
        "Cannot answer: the tracker is behind a proxy, and this is none on its machine or a private network",
      );
    }
    const host = forwardedFor(request, remoteHost);
    if (host !== undefined) return host;
    throw new TrackerRefusedError(
      REFUSAL.malformed,
      "Cannot answer: the proxy before the tracker does not say who asks (X-Forwarded-For)",
    );
  }
}

/** Whether one at an address is believed to be the proxy: from the internet anybody could write its header. */
function mayBeProxy(remoteHost: string): boolean {
  return placeOf(remoteHost) !== "anywhere";
}

/**
 * Whom a proxy heard: it appends him, and what comes before that anybody can write. One whom it heard
 * over loopback is where the proxy is, which need not be this machine.
 */
function forwardedFor(request: WithHeaders, proxy: string): string | undefined {
  const last = request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() ?? "";
  if (!isIpv4(last) && !isIpv6(last)) return undefined;
  return isLoopback(last) ? proxy : foldMapped(last);
}

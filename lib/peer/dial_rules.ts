import {
  type AddressFilter,
  type Clock,
  isIpv4,
  isIpv6,
  isLoopback,
  isUnicast,
  LocalAddresses,
  NOT_ADMITTED,
  type PeerAddress,
} from "../net/mod.ts";

/** What {@linkcode DialRules} go by. */
export interface DialRulesOptions {
  /** Where we listen. */
  readonly own: PeerAddress;
  /** Who is let in. */
  readonly filter: AddressFilter;
  /** For how long the addresses of this machine are believed. */
  readonly clock: Clock;
  /** The addresses of this machine; those that the system tells by default. */
  readonly locals?: LocalAddresses;
}

/**
 * Whom to connect to, and with whom to stay connected, whoever told of him: the one place where
 * addresses are refused at which nobody can be, or that are our own, or not let in.
 */
export class DialRules {
  readonly #options: DialRulesOptions;
  readonly #locals: LocalAddresses;

  /** Makes the rules of one who listens somewhere. */
  constructor(options: DialRulesOptions) {
    this.#options = options;
    this.#locals = options.locals ?? new LocalAddresses();
  }

  /** Why an address is not to be dialled, in a clause; `undefined` if it may be. */
  refusalOf({ host, port }: PeerAddress): string | undefined {
    if (!(port >= 1 && port <= 65_535)) return `nobody listens at port ${port}`;
    if (isAddress(host) && !isUnicast(host.replace(/%.*/, ""))) {
      return "it is not the address of one machine";
    }
    if (port === this.#options.own.port && this.#isOwn(host)) return "ourselves";
    return this.admits(host) ? undefined : NOT_ADMITTED;
  }

  /** Whether somebody at an address is let in; what a name stands for is looked at when it is known. */
  admits(host: string): boolean {
    return !isAddress(host) || this.#options.filter.admits(host);
  }

  /** Whether we listen at a host. */
  #isOwn(host: string): boolean {
    const { own, clock } = this.#options;
    if (host === own.host) return true;
    if (own.host !== "0.0.0.0" && own.host !== "::") return false;
    return isLoopback(host) || this.#locals.includes(host, clock.now());
  }
}

function isAddress(host: string): boolean {
  return isIpv4(host) || isIpv6(host);
}

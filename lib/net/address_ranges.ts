import { ipv4Number } from "./ip_bytes.ts";
import { ipv6Words } from "./ipv6_words.ts";
import { type RangeTable, RangeTableBuilder } from "./range_table.ts";

/** An IP address as words of 32 bits, one of IPv4 and four of IPv6. */
export type AddressWords = readonly number[];

/**
 * The words of an IP address; one of IPv6 that stands for one of IPv4 is taken as that, and a zone does
 * not count. `undefined` if the text is no IP address.
 */
export function addressWords(host: string): AddressWords | undefined {
  const ipv4 = ipv4Number(host);
  if (ipv4 !== undefined) return [ipv4 >>> 0];
  if (!host.includes(":")) return undefined;
  const zone = host.indexOf("%");
  const words = ipv6Words(zone < 0 ? host : host.slice(0, zone));
  const isMapped = words?.[0] === 0 && words[1] === 0 && words[2] === MAPPED;
  return isMapped ? words?.slice(3) : words;
}

/** The third word of an IPv6 address that stands for one of IPv4, `::ffff:192.0.2.1`. */
const MAPPED = 0xffff;

/** Ranges of IP addresses of both families, with look-ups in the logarithm of their number. */
export class AddressRanges {
  readonly #ipv4: RangeTable;
  readonly #ipv6: RangeTable;

  /** Makes one of the ranges of each family. */
  constructor(ipv4: RangeTable, ipv6: RangeTable) {
    this.#ipv4 = ipv4;
    this.#ipv6 = ipv6;
  }

  /** How many ranges there are, overlapping ones as one. */
  get size(): number {
    return this.#ipv4.size + this.#ipv6.size;
  }

  /** Whether an address is in one of the ranges. */
  includes(address: AddressWords): boolean {
    return (address.length === 1 ? this.#ipv4 : this.#ipv6).includes(address);
  }
}

/** Gathers ranges of IP addresses in any order. */
export class AddressRangesBuilder {
  readonly #ipv4 = new RangeTableBuilder(1);
  readonly #ipv6 = new RangeTableBuilder(4);

  /**
   * Adds the range from one address to another of the same family, both included.
   *
   * @throws {RangeError} if there are too many
   */
  add(first: AddressWords, last: AddressWords): void {
    (first.length === 1 ? this.#ipv4 : this.#ipv6).add(first, last);
  }

  /** The ranges, for look-ups. */
  build(): AddressRanges {
    return new AddressRanges(this.#ipv4.build(), this.#ipv6.build());
  }
}

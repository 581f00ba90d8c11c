import { type AddressRanges, addressWords } from "./address_ranges.ts";

/** Who is let in, by his address. */
export interface AddressFilter {
  /**
   * Whether somebody at an IP address is let in. A name is let in unless only those on a list are; what
   * it stands for is to be asked about when that is known.
   */
  admits(host: string): boolean;
  /** Another number than before once answers may have changed: who is connected is looked at again. */
  readonly generation: number;
}

/** Lets everybody in. */
export const EVERYBODY: AddressFilter = { admits: () => true, generation: 0 };

/** The lists by which addresses are let in. */
export interface AddressListPair {
  /** Those that are shut out, also if the other list has them. */
  readonly block?: AddressRanges | undefined;
  /** The only ones that are let in; all if it is absent. */
  readonly allow?: AddressRanges | undefined;
}

/**
 * Lets in whom two lists let in, which can be exchanged while it is used. This machine's own addresses
 * are addresses like all others.
 */
export class ListFilter implements AddressFilter {
  #lists: AddressListPair;
  #generation = 0;

  /** Begins with these lists. */
  constructor(lists: AddressListPair) {
    this.#lists = lists;
  }

  get generation(): number {
    return this.#generation;
  }

  admits(host: string): boolean {
    const { block, allow } = this.#lists;
    const address = addressWords(host);
    if (address === undefined) return allow === undefined;
    return !block?.includes(address) && (allow?.includes(address) ?? true);
  }

  /** Goes by other lists from now on. */
  replace(lists: AddressListPair): void {
    this.#lists = lists;
    this.#generation++;
  }
}

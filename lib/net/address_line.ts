import { type AddressWords, addressWords } from "./address_ranges.ts";

/** The level of a line of a DAT list from which on its addresses are let in. */
const LET_IN_LEVEL = 128;

/** What a line of a list says. */
export type AddressLine =
  | {
    readonly type: "range";
    readonly first: AddressWords;
    readonly last: AddressWords;
    /** The level of access in a DAT list, where 128 and more means that these are let in. */
    readonly level: "none" | "shut out" | "let in";
  }
  | { readonly type: "nothing" }
  | { readonly type: "unreadable"; readonly reason: string };

const NOTHING: AddressLine = { type: "nothing" };

/** What is right, for those who wrote a line that is not. */
const RIGHT = "it must be an address, a network as 192.0.2.0/24, a range as " +
  "192.0.2.1-192.0.2.9, or a line of a P2P list (name:192.0.2.1-192.0.2.9) or of a DAT list " +
  "(192.0.2.1 - 192.0.2.9 , 000 , name)";

const UNREADABLE: AddressLine = { type: "unreadable", reason: RIGHT };

/** A range of an address of each family, unless the first one belongs to a name. */
const MIXED: AddressLine = {
  type: "unreadable",
  reason: "both ends must be IPv4, or both IPv6",
};

/**
 * Reads one line of a list of addresses: `bytes` from `from` up to but not including `to`, without the
 * line's end. It may be
 *
 * - empty, or a comment that begins with `#`;
 * - an address, a network (`192.0.2.0/24`, `2001:db8::/32`) or a range (`192.0.2.1-192.0.2.9`), and
 *   then a comment;
 * - `name:192.0.2.1-192.0.2.9`, of the P2P format of PeerGuardian;
 * - `192.000.002.001 - 192.000.002.009 , 000 , name`, of the DAT format of eMule.
 *
 * Numbers of IPv4 addresses are decimal, also with zeros before them.
 */
export function parseAddressLine(bytes: Uint8Array, from: number, to: number): AddressLine {
  const text = new LineReader(bytes, from, to);
  text.skipSpace();
  if (text.isOver) return NOTHING;
  const plain = readRange(text);
  if (plain !== UNREADABLE && plain !== MIXED) return plain;
  const named = readNamed(bytes, from, to);
  return named === UNREADABLE ? plain : named;
}

/**
 * Reads the range behind the name of a P2P list, which may have colons, too. There is nothing but ranges
 * of IPv4 in such a list: anything else is a typing error in an address.
 */
function readNamed(bytes: Uint8Array, from: number, to: number): AddressLine {
  const colon = bytes.lastIndexOf(COLON, to - 1);
  if (colon < from) return UNREADABLE;
  const text = new LineReader(bytes, colon + 1, to);
  text.skipSpace();
  const first = text.takeAddress();
  const line = first === undefined ? UNREADABLE : readBetween(text, first);
  return line.type === "range" && line.level !== "none" ? UNREADABLE : line;
}

/** Reads a line without a name before its addresses. */
function readRange(text: LineReader): AddressLine {
  const first = text.takeAddress();
  if (first === undefined) return UNREADABLE;
  if (text.isNext(SLASH)) return readNetwork(text, first);
  text.skipSpace();
  return text.isOver
    ? { type: "range", first, last: first, level: "none" }
    : readBetween(text, first);
}

/** Reads what follows the first address of a range. */
function readBetween(text: LineReader, first: AddressWords): AddressLine {
  text.skipSpace();
  if (!text.isNext(DASH)) return UNREADABLE;
  text.skip();
  text.skipSpace();
  const last = text.takeAddress();
  if (last === undefined) return UNREADABLE;
  text.skipSpace();
  const level = text.isNext(COMMA) ? readLevel(text) : text.isOver ? "none" : undefined;
  if (level === undefined) return UNREADABLE;
  if (first.length !== last.length) return MIXED;
  if (isBelow(last, first)) return fault("the range ends before it begins");
  return { type: "range", first, last, level };
}

function readNetwork(text: LineReader, address: AddressWords): AddressLine {
  const { isMapped } = text;
  text.skip();
  const written = text.takeNumber();
  text.skipSpace();
  if (written === undefined || !text.isOver) return UNREADABLE;
  const most = 32 * address.length;
  const bits = isMapped ? written - 96 : written;
  if (bits < 0 || bits > most) {
    return fault(
      isMapped
        ? "the network of an IPv4 address in IPv6 has 96 to 128 bits"
        : `the network has ${written} bits, must have 0 to ${most}`,
    );
  }
  const masks = address.map((_, word) => maskOf(bits - 32 * word));
  const first = address.map((word, at) => (word & masks[at]!) >>> 0);
  const last = address.map((word, at) => (word | ~masks[at]!) >>> 0);
  return { type: "range", first, last, level: "none" };
}

/** The word whose highest bits, so many of them, are 1. */
function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : ~(0xffffffff >>> bits) >>> 0;
}

/** Reads the level of access of a DAT list; the name behind it may be missing. */
function readLevel(text: LineReader): "shut out" | "let in" | undefined {
  text.skip();
  text.skipSpace();
  const level = text.takeNumber();
  text.skipSpace();
  if (level === undefined || !(text.isAtEnd || text.isNext(COMMA))) return undefined;
  return level >= LET_IN_LEVEL ? "let in" : "shut out";
}

function isBelow(one: AddressWords, other: AddressWords): boolean {
  const at = one.findIndex((word, index) => word !== other[index]);
  return at >= 0 && one[at]! < other[at]!;
}

function fault(reason: string): AddressLine {
  return { type: "unreadable", reason };
}

const SPACE = 0x20;
const TAB = 0x09;
const RETURN = 0x0d;
const HASH = 0x23;
const COMMA = 0x2c;
const DASH = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const COLON = 0x3a;
const ZERO = 0x30;

/** Digits of a number that are read at most. */
const MAX_DIGITS = 3;

/** Reads a line from its front to its end. */
class LineReader {
  /** Whether the address taken last is one of IPv4 that was written as one of IPv6. */
  isMapped = false;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** Whether nothing follows, or only a comment. */
  get isOver(): boolean {
    return this.isAtEnd || this.isNext(HASH);
  }

  /** The next byte; -1 at the end. */
  get next(): number {
    return this.#at < this.#end ? this.#bytes[this.#at]! : -1;
  }

  isNext(byte: number): boolean {
    return this.next === byte;
  }

  skip(): void {
    this.#at++;
  }

  skipSpace(): void {
    while (this.next === SPACE || this.next === TAB || this.next === RETURN) this.#at++;
  }

  /** Takes a decimal number of at most three digits. */
  takeNumber(): number | undefined {
    let number = 0;
    let digits = 0;
    for (; digits <= MAX_DIGITS; digits++) {
      const digit = this.next - ZERO;
      if (digit < 0 || digit > 9) break;
      number = number * 10 + digit;
      this.#at++;
    }
    return digits === 0 || digits > MAX_DIGITS ? undefined : number;
  }

  takeAddress(): AddressWords | undefined {
    this.isMapped = false;
    const start = this.#at;
    const ipv4 = this.#takeIpv4();
    if (ipv4 !== undefined && !isOfAddress(this.next)) return [ipv4];
    this.#at = start;
    while (isOfAddress(this.next)) this.#at++;
    const text = String.fromCharCode(
      ...this.#bytes.subarray(start, Math.min(this.#at, start + 46)),
    );
    if (!text.includes(":")) return undefined;
    const words = addressWords(text);
    this.isMapped = words?.length === 1;
    return words;
  }

  #takeIpv4(): number | undefined {
    let address = 0;
    for (let part = 0; part < 4; part++) {
      if (part > 0) {
        if (this.next !== DOT) return undefined;
        this.#at++;
      }
      const number = this.takeNumber();
      if (number === undefined || number > 255) return undefined;
      address = address * 256 + number;
    }
    return address;
  }
}

/** Whether a byte may stand in an address of either family. */
function isOfAddress(byte: number): boolean {
  const isDigit = byte >= ZERO && byte <= 0x39;
  const letter = byte | 0x20;
  return isDigit || byte === COLON || byte === DOT || (letter >= 0x61 && letter <= 0x66);
}

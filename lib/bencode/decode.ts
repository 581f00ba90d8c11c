import { BencodeError } from "./bencode_error.ts";
import { charsOf, keyText } from "./key_text.ts";
import { MAX_DEPTH, MAX_INTEGER_DIGITS, MAX_LENGTH, MAX_VALUES } from "./limits.ts";
import type { BencodeDictionary, BencodeValue } from "./value.ts";

const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const DICTIONARY = 0x64;
const END = 0x65;
const INTEGER = 0x69;
const LIST = 0x6c;

const MISSING = "input ends where more must follow";
const UNKNOWN = "no value begins with this byte";

/** What {@linkcode decode} accepts. */
export interface DecodeOptions {
  /**
   * `"canonical"`, the default, accepts exactly the bytes that `encode` writes. `"tolerant"` also
   * accepts keys out of order, as some torrent files have them; a key given twice is never accepted.
   */
  readonly mode?: "canonical" | "tolerant";
  /** Longest input, in bytes; {@linkcode MAX_LENGTH} by default. */
  readonly maxLength?: number;
  /** Deepest nesting of lists and dictionaries; {@linkcode MAX_DEPTH} by default and at most. */
  readonly maxDepth?: number;
  /** Most values, those in lists and dictionaries included; {@linkcode MAX_VALUES} by default. */
  readonly maxValues?: number;
}

/**
 * Decodes bencode (BEP 3), of which the input must hold exactly one value.
 *
 * Byte strings are views of the input, which must not change while they are in use.
 *
 * @example
 * ```ts
 * import { decode } from "./mod.ts";
 *
 * const value = decode(new TextEncoder().encode("d3:agei42ee"));
 * if (!(value instanceof Map) || value.get("age") !== 42) throw new Error("not the age");
 * ```
 *
 * @throws {BencodeError} if the input is anything else or beyond a limit
 */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): BencodeValue {
  return new Decoder(bytes, options).decode();
}

/**
 * Decodes the value that the input begins with, and gives with it the bytes behind it, a view of the
 * input: some messages put raw bytes behind a dictionary (BEP 9).
 *
 * @throws {BencodeError} if the input does not begin with a value, or it is beyond a limit
 */
export function decodePrefix(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): { value: BencodeValue; rest: Uint8Array } {
  return new Decoder(bytes, options).decodePrefix();
}

/**
 * Decodes a dictionary, and gives with it the bytes of one of its values just as they stand in the
 * input, a view of it; `undefined` if the dictionary lacks the key. An info-hash is the hash of such
 * bytes: what is decoded and encoded again may differ from what was hashed.
 *
 * @throws {BencodeError} as `decode` does, and if the value is no dictionary
 */
export function decodeWithRaw(
  bytes: Uint8Array,
  key: string,
  options: DecodeOptions = {},
): { value: BencodeDictionary; raw: Uint8Array | undefined } {
  return new Decoder(bytes, options).decodeWithRaw(key);
}

/**
 * Gives the bytes of a value of a dictionary just as they stand in the input, as
 * {@linkcode decodeWithRaw} does.
 *
 * @throws {BencodeError} as `decode` does, and if the value is no dictionary
 */
export function rawValue(
  bytes: Uint8Array,
  key: string,
  options: DecodeOptions = {},
): Uint8Array | undefined {
  return decodeWithRaw(bytes, key, options).raw;
}

/** Goes once over an input; each method reads one thing at the position and moves behind it. */
class Decoder {
  readonly #bytes: Uint8Array;
  readonly #mode: "canonical" | "tolerant";
  readonly #maxDepth: number;
  readonly #maxValues: number;
  #at = 0;
  #values = 0;
  /** The key of the outermost dictionary whose value's bytes are wanted, and these bytes. */
  #rawKey: string | undefined;
  #raw: Uint8Array | undefined;

  constructor(bytes: Uint8Array, options: DecodeOptions) {
    const { mode = "canonical", maxLength = MAX_LENGTH } = options;
    if (bytes.length > maxLength) {
      throw new BencodeError(maxLength, `input is longer than ${maxLength} bytes`);
    }
    this.#bytes = bytes;
    this.#mode = mode;
    this.#maxDepth = Math.min(options.maxDepth ?? MAX_DEPTH, MAX_DEPTH);
    this.#maxValues = options.maxValues ?? MAX_VALUES;
  }

  decodePrefix(): { value: BencodeValue; rest: Uint8Array } {
    const value = this.#value(0);
    return { value, rest: this.#bytes.subarray(this.#at) };
  }

  decode(): BencodeValue {
    const value = this.#value(0);
    if (this.#at < this.#bytes.length) {
      this.#fail(this.#at, "the value has ended, the input goes on");
    }
    return value;
  }

  decodeWithRaw(key: string): { value: BencodeDictionary; raw: Uint8Array | undefined } {
    this.#rawKey = key;
    const value = this.decode();
    if (!(value instanceof Map)) this.#fail(0, "value is not a dictionary");
    return { value, raw: this.#raw };
  }

  #value(depth: number): BencodeValue {
    if (++this.#values > this.#maxValues) {
      this.#fail(this.#at, `input holds more than ${this.#maxValues} values`);
    }
    const byte = this.#bytes[this.#at];
    switch (byte) {
      case INTEGER:
        return this.#integer();
      case LIST:
        return this.#list(this.#nest(depth));
      case DICTIONARY:
        return this.#dictionary(this.#nest(depth));
      default:
        if (!isDigit(byte)) this.#fail(this.#at, byte === undefined ? MISSING : UNKNOWN);
        return this.#byteString();
    }
  }

  /** `i<digits>e` */
  #integer(): number | bigint {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    const first = bytes[start] === MINUS ? start + 1 : start;
    let at = first;
    let magnitude = 0;
    for (; isDigit(bytes[at]); at++) magnitude = magnitude * 10 + digitOf(bytes[at]);
    const digits = at - first;
    if (at === bytes.length) this.#fail(at, MISSING);
    if (digits === 0 || bytes[at] !== END) this.#fail(at, "integer needs a digit here");
    if (digits > MAX_INTEGER_DIGITS) {
      this.#fail(start, `integer has more than ${MAX_INTEGER_DIGITS} digits`);
    }
    if (bytes[first] === ZERO && at - start > 1) {
      this.#fail(start, digits > 1 ? "integer has a leading zero" : "integer is minus zero");
    }
    this.#at = at + 1;
    if (magnitude > Number.MAX_SAFE_INTEGER) return BigInt(charsOf(bytes, start, at));
    return first > start ? -magnitude : magnitude;
  }

  /** `<length>:<bytes>` */
  #byteString(): Uint8Array {
    const length = this.#stringLength();
    const start = this.#at;
    this.#at += length;
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  /** `l<values>e` */
  #list(depth: number): BencodeValue[] {
    const items: BencodeValue[] = [];
    while (this.#bytes[this.#at] !== END) items.push(this.#value(depth));
    this.#at++;
    return items;
  }

  /** `d<byte string><value>...e`, with the keys in the order of their bytes and none twice */
  #dictionary(depth: number): BencodeDictionary {
    const dictionary: BencodeDictionary = new Map();
    let last: string | undefined;
    while (this.#bytes[this.#at] !== END) {
      const keyStart = this.#at;
      const key = this.#key();
      if (last === undefined || key > last) {
        last = key;
      } else {
        if (dictionary.has(key)) this.#fail(keyStart, "dictionary has this key twice");
        if (this.#mode === "canonical") this.#fail(keyStart, "dictionary keys are not sorted");
      }
      const valueStart = this.#at;
      dictionary.set(key, this.#value(depth));
      if (depth === 1 && key === this.#rawKey) {
        this.#raw = this.#bytes.subarray(valueStart, this.#at);
      }
    }
    this.#at++;
    return dictionary;
  }

  #key(): string {
    const length = this.#stringLength();
    const start = this.#at;
    this.#at += length;
    return keyText(this.#bytes, start, this.#at);
  }

  /** `<length>:`, of a byte string that is whole. */
  #stringLength(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let length = 0;
    for (; isDigit(bytes[at]); at++) {
      length = length * 10 + digitOf(bytes[at]);
      if (length > bytes.length) this.#fail(start, "byte string is longer than the input");
    }
    if (at === bytes.length) this.#fail(at, MISSING);
    if (at === start) this.#fail(at, "dictionary key is not a byte string");
    if (bytes[at] !== COLON) {
      this.#fail(at, "length of a byte string needs a digit or a colon here");
    }
    if (bytes[start] === ZERO && at > start + 1) this.#fail(start, "length has a leading zero");
    if (length > bytes.length - at - 1) this.#fail(start, "byte string is longer than the input");
    this.#at = at + 1;
    return length;
  }

  /** Moves into a list or dictionary and gives the depth of its values. */
  #nest(depth: number): number {
    if (depth >= this.#maxDepth) {
      this.#fail(this.#at, `lists and dictionaries nest deeper than ${this.#maxDepth}`);
    }
    this.#at++;
    return depth + 1;
  }

  #fail(offset: number, reason: string): never {
    throw new BencodeError(offset, reason);
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** The value of a digit, taken before it is added: a sum with the byte could round near 2^53. */
function digitOf(byte = ZERO): number {
  return byte - ZERO;
}

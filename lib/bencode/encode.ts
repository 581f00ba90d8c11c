import { charsOf } from "./key_text.ts";
import { MAX_DEPTH } from "./limits.ts";
import type { Encodable } from "./value.ts";

const utf8 = new TextEncoder();

/**
 * Encodes a value as canonical bencode (BEP 3): equal values give equal bytes, with the keys of
 * every dictionary in the order of their bytes.
 *
 * Keys of a `Map` are written a byte a character, as `decode` gives them; keys of an object and text
 * are written as UTF-8.
 *
 * @example
 * ```ts
 * import { encode } from "./mod.ts";
 *
 * const text = new TextDecoder().decode(encode({ t: 7, q: "ping", a: undefined }));
 * if (text !== "d1:q4:ping1:ti7ee") throw new Error("not canonical");
 * ```
 *
 * @throws {RangeError} if a number is no safe integer (a larger one is written as a bigint), or lists
 * and dictionaries nest deeper than {@linkcode MAX_DEPTH}, which those inside themselves do
 * @throws {TypeError} if there is another kind of value, or a key of a `Map` with a character that is
 * no byte
 */
export function encode(value: Encodable): Uint8Array<ArrayBuffer> {
  const encoder = new Encoder();
  encoder.write(value, 0);
  return encoder.toBytes();
}

class Encoder {
  #bytes = new Uint8Array(256);
  #length = 0;

  toBytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  write(value: Encodable, depth: number): void {
    if (typeof value === "string") {
      this.#text(value);
    } else if (typeof value === "number" || typeof value === "bigint") {
      this.#integer(value);
    } else if (value instanceof Uint8Array) {
      this.#chars(`${value.length}:`);
      this.#append(value);
    } else if (typeof value !== "object" || value === null) {
      throw new TypeError(
        `Cannot encode ${value === null ? "null" : typeof value}: bencode has no form for it`,
      );
    } else if (depth >= MAX_DEPTH) {
      throw new RangeError(
        `Cannot encode value: lists and dictionaries nest deeper than ${MAX_DEPTH}`,
      );
    } else if (Array.isArray(value)) {
      this.#chars("l");
      for (const item of value) this.write(item, depth + 1);
      this.#chars("e");
    } else {
      this.#dictionary(entriesOf(value), depth + 1);
    }
  }

  #dictionary(entries: [string, Encodable][], depth: number): void {
    this.#chars("d");
    for (const [key, value] of entries.sort(byKey)) {
      this.#chars(`${key.length}:`);
      this.#chars(key);
      this.write(value, depth);
    }
    this.#chars("e");
  }

  #integer(value: number | bigint): void {
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      throw new RangeError(`Cannot encode ${value}: it must be a safe integer or a bigint`);
    }
    this.#chars(`i${value}e`);
  }

  #text(text: string): void {
    if (isAscii(text)) {
      this.#chars(`${text.length}:`);
      this.#chars(text);
    } else {
      this.write(utf8.encode(text), 0);
    }
  }

  /** Writes each character as the byte of its code. */
  #chars(text: string): void {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    const start = this.#length;
    for (let at = 0; at < text.length; at++) bytes[start + at] = text.charCodeAt(at);
    this.#length += text.length;
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** The members that are there, each key as its bytes, one a character. */
function entriesOf(value: object): [string, Encodable][] {
  const entries: [string, Encodable][] = [];
  if (value instanceof Map) {
    for (const [key, member] of value) entries.push([checkKey(key), member]);
    return entries;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`Cannot encode ${value.constructor.name}: it is no plain object`);
  }
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) entries.push([utf8Key(key), member]);
  }
  return entries;
}

function checkKey(key: string): string {
  for (let at = 0; at < key.length; at++) {
    if (key.charCodeAt(at) > 0xff) {
      throw new TypeError(`Cannot encode key "${key}": each character of a map's key is one byte`);
    }
  }
  return key;
}

function utf8Key(key: string): string {
  if (isAscii(key)) return key;
  const bytes = utf8.encode(key);
  return charsOf(bytes, 0, bytes.length);
}

/** UTF-16 order, which for characters that are bytes is the order of these. */
function byKey(a: [string, Encodable], b: [string, Encodable]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

import { decodeHex as decode, encodeHex as encode } from "@std/encoding/hex";

/** Writes bytes as lower-case hexadecimal digits, two a byte. */
export function encodeHex(bytes: Uint8Array): string {
  return encode(bytes);
}

/**
 * Reads hexadecimal digits of either case.
 *
 * @throws {SyntaxError} if the text has an odd length or another character
 */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) {
    throw new SyntaxError(`Cannot read "${text}" as hexadecimal: it needs pairs of 0-9 and a-f`);
  }
  return decode(text);
}

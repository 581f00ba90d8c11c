import { decodeHex as decode, encodeHex as encode } from "@std/encoding/hex";
import { quoteText } from "./quote_text.ts";

const DIGITS = "0123456789abcdef";

/** Ids and hashes are no longer; a tracker writes two of them for every announce. */
const SHORT_LENGTH = 32;

/** Writes bytes as lower-case hexadecimal digits, two a byte. */
export function encodeHex(bytes: Uint8Array): string {
  return bytes.length > SHORT_LENGTH ? encode(bytes) : encodeShort(bytes);
}

/** Writes few bytes, without the copies and the decoder that pay for many. */
function encodeShort(bytes: Uint8Array): string {
  const codes = new Array<number>(bytes.length * 2);
  for (let at = 0; at < bytes.length; at++) {
    codes[2 * at] = DIGITS.charCodeAt(bytes[at]! >> 4);
    codes[2 * at + 1] = DIGITS.charCodeAt(bytes[at]! & 0xf);
  }
  return String.fromCharCode(...codes);
}

/**
 * Reads hexadecimal digits of either case.
 *
 * @throws {SyntaxError} if the text has an odd length or another character
 */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) {
    throw new SyntaxError(
      `Cannot read ${quoteText(text)} as hexadecimal: it needs pairs of 0-9 and a-f`,
    );
  }
  return decode(text);
}

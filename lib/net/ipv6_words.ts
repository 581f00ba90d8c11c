import { ipv4Number } from "./ip_bytes.ts";

/** Groups of 16 bits of an IPv6 address. */
const GROUPS = 8;

/** Characters of the longest spelling of an IPv6 address. */
const MAX_LENGTH = 45;

const COLON = 0x3a;
const DOT = 0x2e;

/**
 * The four words of 32 bits of an IPv6 address (RFC 4291, section 2.2), without a zone, in any of its
 * spellings; `undefined` if the text is none. Unlike `ipBytes` it makes no URL of it, which is what
 * long lists of addresses take their time for.
 */
export function ipv6Words(text: string): number[] | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const groups: number[] = [];
  /** How many groups stand before the `::`. */
  let gap = -1;
  let at = 0;
  if (text.startsWith("::")) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    if (groups.length === GROUPS) return undefined;
    const start = at;
    let group = 0;
    while (at < text.length && at - start <= 4) {
      const digit = hexDigit(text.charCodeAt(at));
      if (digit < 0) break;
      group = group * 16 + digit;
      at++;
    }
    if (text.charCodeAt(at) === DOT) {
      const ipv4 = ipv4Number(text.slice(start));
      if (ipv4 === undefined) return undefined;
      groups.push(ipv4 >>> 16, ipv4 & 0xffff);
      break;
    }
    if (at === start || at - start > 4) return undefined;
    groups.push(group);
    if (at === text.length) break;
    if (text.charCodeAt(at) !== COLON) return undefined;
    at++;
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return undefined;
      gap = groups.length;
      at++;
    } else if (at === text.length) return undefined;
  }
  const missing = GROUPS - groups.length;
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined;
  if (gap >= 0) groups.splice(gap, 0, ...new Array<number>(missing).fill(0));
  return [0, 2, 4, 6].map((group) => groups[group]! * 0x10000 + groups[group + 1]!);
}

/** The value of a hexadecimal digit; -1 if the character is none. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

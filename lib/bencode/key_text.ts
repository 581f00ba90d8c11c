/**
 * Keys met before, by a hash of their bytes. Dictionaries of one protocol share few keys, and a key
 * found here costs neither a new string nor its hash in the map.
 */
const KNOWN_KEYS: string[] = new Array(256).fill("");

/** Longer keys are rare and would only push out the others. */
const MAX_KNOWN_LENGTH = 24;

/** As many characters as are surely accepted as arguments of one call. */
const CHUNK_LENGTH = 4096;

/** The key at `start` to `end`: one character a byte, so that distinct keys stay distinct. */
export function keyText(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length === 0) return "";
  if (length > MAX_KNOWN_LENGTH) return charsOf(bytes, start, end);
  const middle = bytes[(start + end) >> 1] ?? 0;
  const slot = (length * 31 + (bytes[start] ?? 0) * 7 + (bytes[end - 1] ?? 0) * 3 + middle) & 0xff;
  const known = KNOWN_KEYS[slot] ?? "";
  return isTextOf(known, bytes, start, end)
    ? known
    : (KNOWN_KEYS[slot] = charsOf(bytes, start, end));
}

/** The bytes as characters U+0000 to U+00FF; not "latin1", which decoders take for windows-1252. */
export function charsOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  if (end - start <= MAX_KNOWN_LENGTH) {
    for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0);
    return text;
  }
  // Joining single characters of a long key would cost a hundred times its bytes in memory.
  for (let at = start; at < end; at += CHUNK_LENGTH) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + CHUNK_LENGTH)));
  }
  return text;
}

function isTextOf(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) !== bytes[start + at]) return false;
  }
  return true;
}

/** The bytes of a text in base 64 (RFC 4648, section 4). */
export function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

import { decodeHex, encodeHex } from "./hex.ts";
import { quoteText } from "./quote_text.ts";

/**
 * The SHA-1 of a torrent's info dictionary (BEP 3), as 40 lower-case hexadecimal digits, so that it
 * can be compared and used as the key of a map.
 */
export type InfoHash = string & { readonly brand: "InfoHash" };

/** The 20 bytes by which a peer names itself (BEP 3), as 40 lower-case hexadecimal digits. */
export type PeerId = string & { readonly brand: "PeerId" };

/** The number of a piece that exists in its torrent; only a piece layout makes one. */
export type PieceIndex = number & { readonly brand: "PieceIndex" };

/** Bytes of an info-hash and of a peer id. */
export const ID_LENGTH = 20;

/** How our own peer ids begin, in the Azureus style of BEP 20. */
export const PEER_ID_PREFIX = "-SL0100-";

/** Random bytes that {@linkcode createPeerId} asks for. */
export const PEER_ID_RANDOM_LENGTH: number = ID_LENGTH - PEER_ID_PREFIX.length;

function idFromBytes(bytes: Uint8Array, what: string): string {
  if (bytes.length !== ID_LENGTH) {
    throw new RangeError(`Cannot read ${what}: it has ${bytes.length} bytes, must have 20`);
  }
  return encodeHex(bytes);
}

function idFromHex(text: string, what: string): string {
  if (!/^[0-9a-fA-F]{40}$/.test(text)) {
    throw new SyntaxError(
      `Cannot read ${what} ${quoteText(text)}: it must be 40 hexadecimal digits`,
    );
  }
  return text.toLowerCase();
}

/**
 * Makes an info-hash of its 20 bytes.
 *
 * @throws {RangeError} if there are not 20 bytes
 */
export function infoHashFromBytes(bytes: Uint8Array): InfoHash {
  return idFromBytes(bytes, "info-hash") as InfoHash;
}

/**
 * Makes an info-hash of 40 hexadecimal digits of either case.
 *
 * @throws {SyntaxError} if the text is anything else
 */
export function infoHashFromHex(text: string): InfoHash {
  return idFromHex(text, "info-hash") as InfoHash;
}

/**
 * Makes a peer id of its 20 bytes.
 *
 * @throws {RangeError} if there are not 20 bytes
 */
export function peerIdFromBytes(bytes: Uint8Array): PeerId {
  return idFromBytes(bytes, "peer id") as PeerId;
}

/**
 * Makes a peer id of 40 hexadecimal digits of either case.
 *
 * @throws {SyntaxError} if the text is anything else
 */
export function peerIdFromHex(text: string): PeerId {
  return idFromHex(text, "peer id") as PeerId;
}

/**
 * Makes a peer id of our own: the client's prefix and 12 bytes of the caller's randomness (BEP 20).
 *
 * @throws {RangeError} if there are not 12 random bytes
 */
export function createPeerId(random: Uint8Array): PeerId {
  if (random.length !== PEER_ID_RANDOM_LENGTH) {
    throw new RangeError(
      `Cannot create peer id: got ${random.length} random bytes, needs ${PEER_ID_RANDOM_LENGTH}`,
    );
  }
  return (encodeHex(new TextEncoder().encode(PEER_ID_PREFIX)) + encodeHex(random)) as PeerId;
}

/** The 20 bytes of an id, as they stand on the wire. */
export function idBytes(id: InfoHash | PeerId): Uint8Array<ArrayBuffer> {
  return decodeHex(id);
}

import {
  concatBytes,
  equalBytes,
  idBytes,
  type InfoHash,
  infoHashFromBytes,
  type PeerId,
  peerIdFromBytes,
} from "../../bytes/mod.ts";
import { PeerProtocolError } from "./errors.ts";

/** Bytes of a handshake. */
export const HANDSHAKE_LENGTH = 68;

/** What two peers tell each other before all messages (BEP 3). */
export interface Handshake {
  /** The torrent that the connection is for. */
  readonly infoHash: InfoHash;
  /** The name that the sender gave itself. */
  readonly peerId: PeerId;
  /** The extensions that the sender speaks, by name. */
  readonly extensions: ReadonlySet<Extension>;
}

/** An extension that is announced by a reserved bit: the extension protocol (BEP 10), fast (BEP 6). */
export type Extension = "extension-protocol" | "fast";

const PROTOCOL = new TextEncoder().encode("\x13BitTorrent protocol");

/** For each extension, its byte among the reserved ones and its bit in that byte. */
const RESERVED_BIT: Record<Extension, readonly [byte: number, bit: number]> = {
  "extension-protocol": [5, 0x10],
  "fast": [7, 0x04],
};

/**
 * Encodes a handshake:
 * `<19><"BitTorrent protocol"><reserved: 8 bytes><info-hash: 20 bytes><peer id: 20 bytes>`.
 */
export function encodeHandshake(handshake: Handshake): Uint8Array<ArrayBuffer> {
  const reserved = new Uint8Array(8);
  for (const extension of handshake.extensions) {
    const [byte, bit] = RESERVED_BIT[extension];
    reserved[byte]! |= bit;
  }
  return concatBytes([
    PROTOCOL,
    reserved,
    idBytes(handshake.infoHash),
    idBytes(handshake.peerId),
  ]);
}

/**
 * Decodes a handshake; reserved bits that are unknown here are passed over, as BEP 3 asks.
 *
 * @throws {PeerProtocolError} if the bytes are not 68 or begin with another protocol's name
 */
export function decodeHandshake(bytes: Uint8Array): Handshake {
  if (bytes.length !== HANDSHAKE_LENGTH || !equalBytes(bytes.subarray(0, 20), PROTOCOL)) {
    throw new PeerProtocolError(
      "Cannot read handshake: it does not begin with the name of the BitTorrent protocol",
    );
  }
  const extensions = new Set<Extension>();
  for (const [extension, [byte, bit]] of Object.entries(RESERVED_BIT)) {
    if ((bytes[20 + byte]! & bit) !== 0) extensions.add(extension as Extension);
  }
  return {
    infoHash: infoHashFromBytes(bytes.subarray(28, 48)),
    peerId: peerIdFromBytes(bytes.subarray(48, 68)),
    extensions,
  };
}

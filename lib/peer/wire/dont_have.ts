import { PeerProtocolError } from "./errors.ts";

/** Encodes the payload of `lt_donthave` (BEP 54): `<piece index: u32>`. */
export function encodeDontHave(index: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, index);
  return bytes;
}

/**
 * Decodes the payload of `lt_donthave`: the index of a piece.
 *
 * @throws {PeerProtocolError} if it has not 4 bytes
 */
export function decodeDontHave(payload: Uint8Array): number {
  if (payload.length !== 4) {
    throw new PeerProtocolError(
      `Cannot read lt_donthave: it has ${payload.length} bytes, must have 4`,
    );
  }
  return new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0);
}

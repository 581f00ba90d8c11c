import { MAX_GUIDED_PIECES } from "../limits.ts";
import { PeerProtocolError } from "./errors.ts";

/** Bytes of a piece index. */
export const INDEX_LENGTH = 4;

/** Encodes piece indices: `<piece index: u32>` each. */
export function encodePieceIndices(pieces: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.length * INDEX_LENGTH);
  const view = new DataView(bytes.buffer);
  pieces.forEach((index, position) => view.setUint32(position * INDEX_LENGTH, index));
  return bytes;
}

/**
 * Decodes the piece indices that a message of one of our extensions names, which must be whole.
 *
 * @throws {PeerProtocolError} if they are too many
 */
export function decodePieceIndices(bytes: Uint8Array, extension: string): number[] {
  if (bytes.length > MAX_GUIDED_PIECES * INDEX_LENGTH) {
    throw new PeerProtocolError(
      `Cannot read ${extension}: it names more than ${MAX_GUIDED_PIECES} pieces`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from(
    { length: bytes.length / INDEX_LENGTH },
    (_, position) => view.getUint32(position * INDEX_LENGTH),
  );
}

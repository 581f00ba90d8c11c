import { idBytes, peerIdFromBytes } from "../../bytes/mod.ts";
import { MAX_FETCHED_FROM } from "../limits.ts";
import type { FetchedFrom } from "../swarm/torrent_report.ts";

/** Bytes of one peer: its id, and a number. */
const RECORD_LENGTH = 28;

/** `<peer id: 20 bytes><bytes: u64, big-endian>...` */
export function encodeFetchedFrom(sources: readonly FetchedFrom[]): Uint8Array {
  const bytes = new Uint8Array(sources.length * RECORD_LENGTH);
  const view = new DataView(bytes.buffer);
  for (const [at, source] of sources.entries()) {
    bytes.set(idBytes(source.peerId), at * RECORD_LENGTH);
    view.setBigUint64(at * RECORD_LENGTH + 20, BigInt(source.bytes));
  }
  return bytes;
}

/**
 * Reads what {@linkcode encodeFetchedFrom} writes; numbers beyond those that are exact are lowered to them.
 *
 * @throws {TypeError} if it is of a length that none has, or tells of too many
 */
export function decodeFetchedFrom(bytes: Uint8Array): FetchedFrom[] {
  const count = bytes.length / RECORD_LENGTH;
  if (!Number.isInteger(count) || count > MAX_FETCHED_FROM) {
    throw new TypeError(
      `Cannot read torrent: fetched has ${bytes.length} bytes, must have ${RECORD_LENGTH} for each of at most ${MAX_FETCHED_FROM} peers`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, at) => {
    const start = at * RECORD_LENGTH;
    const peerId = peerIdFromBytes(bytes.subarray(start, start + 20));
    const fetched = Number(view.getBigUint64(start + 20));
    return { peerId, bytes: Math.min(fetched, Number.MAX_SAFE_INTEGER) };
  });
}

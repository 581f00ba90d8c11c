import { decodePrefix, encode } from "../../bencode/mod.ts";
import { concatBytes } from "../../bytes/mod.ts";
import { MAX_PAYLOAD_DEPTH, MAX_PAYLOAD_VALUES } from "../limits.ts";
import { PeerProtocolError } from "./errors.ts";

/** Bytes of each block of metadata but the last (BEP 9). */
export const METADATA_BLOCK_LENGTH: number = 16 * 1024;

/** A message about the metadata of a torrent, its info dictionary, which goes in blocks (BEP 9). */
export type MetadataMessage =
  | { readonly type: "request"; readonly piece: number }
  | {
    readonly type: "data";
    readonly piece: number;
    /** Bytes of all blocks together. */
    readonly totalSize: number;
    readonly block: Uint8Array;
  }
  | { readonly type: "reject"; readonly piece: number };

const TYPES = ["request", "data", "reject"] as const;

/**
 * Encodes the payload of `ut_metadata`: `d8:msg_typei0e5:piecei0ee`; behind that of a `data` message,
 * which has a `total_size` too, stand the bytes of the block.
 */
export function encodeMetadataMessage(message: MetadataMessage): Uint8Array {
  const head = encode({
    msg_type: TYPES.indexOf(message.type),
    piece: message.piece,
    total_size: message.type === "data" ? message.totalSize : undefined,
  });
  return message.type === "data" ? concatBytes([head, message.block]) : head;
}

/**
 * Decodes the payload of `ut_metadata`; `undefined` if its type is unknown here, which BEP 9 wants
 * passed over. A block is a view of the payload.
 *
 * @throws {PeerProtocolError} if it is no dictionary with the members of its type
 */
export function decodeMetadataMessage(payload: Uint8Array): MetadataMessage | undefined {
  let head;
  try {
    head = decodePrefix(payload, {
      mode: "tolerant",
      maxDepth: MAX_PAYLOAD_DEPTH,
      maxValues: MAX_PAYLOAD_VALUES,
    });
  } catch (cause) {
    throw malformed("it does not begin with bencode", { cause });
  }
  const { value, rest: block } = head;
  if (!(value instanceof Map)) throw malformed("it is not a dictionary");
  const type = value.get("msg_type");
  if (typeof type !== "number" && typeof type !== "bigint") throw malformed("it has no type");
  const name = TYPES[Number(type)];
  if (name === undefined) return undefined;
  const piece = numberOf(value.get("piece"));
  if (piece === undefined) throw malformed("it has no piece");
  if (name !== "data") return { type: name, piece };
  const totalSize = numberOf(value.get("total_size"));
  if (totalSize === undefined) throw malformed("it has no total size");
  return { type: name, piece, totalSize, block };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 ? value : undefined;
}

function malformed(reason: string, options?: ErrorOptions): PeerProtocolError {
  return new PeerProtocolError(`Cannot read metadata message: ${reason}`, options);
}

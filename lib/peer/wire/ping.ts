import { decode, encode } from "../../bencode/mod.ts";
import { MAX_PAYLOAD_DEPTH, MAX_PAYLOAD_VALUES } from "../limits.ts";
import { PeerProtocolError } from "./errors.ts";

/** A question whether the other side is there, or the answer to one, with the question's number. */
export interface Ping {
  /** Whether it asks or answers. */
  readonly kind: "ping" | "pong";
  /** Chosen by the one who asks, repeated in the answer: 0 to 2^32 - 1. */
  readonly nonce: number;
}

/** Encodes the payload of our extension `sl_ping`: `d4:pingi7ee` or `d4:pongi7ee`. */
export function encodePing({ kind, nonce }: Ping): Uint8Array {
  return encode({ [kind]: nonce });
}

/**
 * Decodes the payload of `sl_ping`.
 *
 * @throws {PeerProtocolError} if it is anything else
 */
export function decodePing(payload: Uint8Array): Ping {
  let value;
  try {
    value = decode(payload, { maxDepth: MAX_PAYLOAD_DEPTH, maxValues: MAX_PAYLOAD_VALUES });
  } catch (cause) {
    throw new PeerProtocolError("Cannot read ping: it is not bencoded", { cause });
  }
  for (const kind of ["ping", "pong"] as const) {
    const nonce = value instanceof Map ? value.get(kind) : undefined;
    if (typeof nonce === "number" && nonce >= 0 && nonce < 2 ** 32) return { kind, nonce };
  }
  throw new PeerProtocolError("Cannot read ping: it has neither a ping nor a pong number");
}

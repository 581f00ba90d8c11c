import { decode, encode } from "../../bencode/mod.ts";
import { PeerProtocolError } from "./errors.ts";

/** The extension id of the extended handshake itself (BEP 10). */
export const EXTENDED_HANDSHAKE_ID = 0;

/** The name of our ping in the dictionary of extensions. */
export const PING_EXTENSION = "sl_ping";

/** The id under which we take our ping; 0 is the handshake's. */
export const PING_EXTENSION_ID = 1;

/** The part of the extended handshake (BEP 10) that is used here. */
export interface ExtendedHandshake {
  /** For each extension that the sender takes, the id under which it takes it; 0 switches it off. */
  readonly extensions: ReadonlyMap<string, number>;
  /** The sender's program and version, as text of its own choice: hostile when shown. */
  readonly client?: string;
  /** The port at which the sender listens. */
  readonly port?: number;
  /** Requests that the sender lets wait. */
  readonly maxRequests?: number;
  /** The longest block that the sender serves and wants, between two Sluice peers. */
  readonly blockLength?: number;
}

/** Encodes the payload of an extended handshake: `d1:md...e1:pi...e4:reqqi...e8:sl_blocki...e1:v...e`. */
export function encodeExtendedHandshake(handshake: ExtendedHandshake): Uint8Array {
  return encode({
    m: Object.fromEntries(handshake.extensions),
    p: handshake.port,
    reqq: handshake.maxRequests,
    sl_block: handshake.blockLength,
    v: handshake.client,
  });
}

/**
 * Decodes the payload of an extended handshake. Members of an unexpected type or size are left out
 * rather than refused: clients differ, and none of them is needed.
 *
 * @throws {PeerProtocolError} if it is not a bencoded dictionary
 */
export function decodeExtendedHandshake(payload: Uint8Array): ExtendedHandshake {
  let value;
  try {
    value = decode(payload, { mode: "tolerant", maxDepth: 10, maxValues: 1_000 });
  } catch (cause) {
    throw new PeerProtocolError("Cannot read extended handshake: it is not bencoded", { cause });
  }
  if (!(value instanceof Map)) {
    throw new PeerProtocolError("Cannot read extended handshake: it is not a dictionary");
  }
  const extensions = new Map<string, number>();
  const ids = value.get("m");
  if (ids instanceof Map) {
    for (const [name, id] of ids) {
      if (typeof id === "number" && id >= 0 && id <= 255) extensions.set(name, id);
    }
  }
  const client = lenientText(value.get("v"));
  const port = numberWithin(value.get("p"), 1, 65_535);
  const maxRequests = numberWithin(value.get("reqq"), 1, Number.MAX_SAFE_INTEGER);
  const blockLength = numberWithin(value.get("sl_block"), 1, Number.MAX_SAFE_INTEGER);
  return {
    extensions,
    ...(client !== undefined && { client }),
    ...(port !== undefined && { port }),
    ...(maxRequests !== undefined && { maxRequests }),
    ...(blockLength !== undefined && { blockLength }),
  };
}

function numberWithin(value: unknown, min: number, max: number): number | undefined {
  return typeof value === "number" && value >= min && value <= max ? value : undefined;
}

function lenientText(value: unknown): string | undefined {
  if (!(value instanceof Uint8Array) || value.length > 256) return undefined;
  return new TextDecoder().decode(value);
}

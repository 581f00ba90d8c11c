import { decode, encode } from "../../bencode/mod.ts";
import { formatIp, ipBytes, IPV4_LENGTH, IPV6_LENGTH } from "../../net/mod.ts";
import { MAX_CLIENT_BYTES, MAX_GREETING_DEPTH, MAX_GREETING_VALUES } from "../limits.ts";
import { PeerProtocolError } from "./errors.ts";

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
  /** Bytes of the torrent's metadata, if the sender has it (BEP 9). */
  readonly metadataSize?: number;
  /** What the sender wants of others: `"nothing"` if it only serves, whole or in part (BEP 21). */
  readonly appetite?: "pieces" | "nothing";
  /** The IP address of the receiver, as the sender sees it. */
  readonly yourHost?: string;
}

/**
 * Encodes the payload of an extended handshake: a dictionary with `m`, the ids of the extensions, and
 * what is given of `metadata_size`, `p`, `reqq`, `sl_block`, `upload_only`, `v` and `yourip`.
 */
export function encodeExtendedHandshake(handshake: ExtendedHandshake): Uint8Array {
  const { appetite, yourHost } = handshake;
  return encode({
    m: handshake.extensions,
    metadata_size: handshake.metadataSize,
    p: handshake.port,
    reqq: handshake.maxRequests,
    sl_block: handshake.blockLength,
    upload_only: appetite && (appetite === "nothing" ? 1 : 0),
    v: handshake.client,
    yourip: yourHost === undefined ? undefined : ipBytes(yourHost),
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
    value = decode(payload, {
      mode: "tolerant",
      maxDepth: MAX_GREETING_DEPTH,
      maxValues: MAX_GREETING_VALUES,
    });
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
  const metadataSize = numberWithin(value.get("metadata_size"), 1, Number.MAX_SAFE_INTEGER);
  const uploadOnly = numberWithin(value.get("upload_only"), 0, Number.MAX_SAFE_INTEGER);
  const yourHost = hostOf(value.get("yourip"));
  return {
    extensions,
    ...(client !== undefined && { client }),
    ...(port !== undefined && { port }),
    ...(maxRequests !== undefined && { maxRequests }),
    ...(blockLength !== undefined && { blockLength }),
    ...(metadataSize !== undefined && { metadataSize }),
    ...(uploadOnly !== undefined && { appetite: uploadOnly > 0 ? "nothing" : "pieces" }),
    ...(yourHost !== undefined && { yourHost }),
  };
}

function numberWithin(value: unknown, min: number, max: number): number | undefined {
  return typeof value === "number" && value >= min && value <= max ? value : undefined;
}

function lenientText(value: unknown): string | undefined {
  if (!(value instanceof Uint8Array) || value.length > MAX_CLIENT_BYTES) return undefined;
  return new TextDecoder().decode(value);
}

function hostOf(value: unknown): string | undefined {
  const isAddress = value instanceof Uint8Array &&
    (value.length === IPV4_LENGTH || value.length === IPV6_LENGTH);
  return isAddress ? formatIp(value) : undefined;
}

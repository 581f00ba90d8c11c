import { concatBytes, ID_LENGTH, idBytes, type PeerId, peerIdFromBytes } from "../../bytes/mod.ts";
import { PeerProtocolError } from "./errors.ts";
import { decodePieceIndices, encodePieceIndices, INDEX_LENGTH } from "./piece_indices.ts";

/** The kinds by their number on the wire. */
const KIND = { free: 0, fetch: 1, apart: 2 } as const;

/** What two of ours say to each other about which pieces one of them fetches from others. */
export type Conduct =
  /** Choose for yourself what to fetch from others; as an answer: I choose for myself. */
  | { readonly type: "free" }
  /** Fetch from that peer what I name, now or before, and nothing else. */
  | { readonly type: "fetch"; readonly peerId: PeerId; readonly pieces: readonly number[] }
  /** As an answer: I am not connected to that peer, or it does not give what you named. */
  | { readonly type: "apart"; readonly peerId: PeerId };

/**
 * Encodes the payload of our extension `sl_conduct`: `<kind: u8>`, unless it is `"free"` `<peer id: 20>`,
 * and with `"fetch"` `<piece index: u32>` a piece.
 */
export function encodeConduct(conduct: Conduct): Uint8Array {
  const kind = Uint8Array.of(KIND[conduct.type]);
  if (conduct.type === "free") return kind;
  const id = idBytes(conduct.peerId);
  if (conduct.type === "apart") return concatBytes([kind, id]);
  return concatBytes([kind, id, encodePieceIndices(conduct.pieces)]);
}

/**
 * Decodes the payload of `sl_conduct`.
 *
 * @throws {PeerProtocolError} if it is anything else, or names too many pieces
 */
export function decodeConduct(payload: Uint8Array): Conduct {
  const [kind] = payload;
  if (kind === KIND.free && payload.length === 1) return { type: "free" };
  const named = payload.subarray(1, 1 + ID_LENGTH);
  const rest = payload.subarray(1 + ID_LENGTH);
  const isWhole = named.length === ID_LENGTH && rest.length % INDEX_LENGTH === 0;
  if (isWhole && kind === KIND.fetch) {
    const pieces = decodePieceIndices(rest, "sl_conduct");
    return { type: "fetch", peerId: peerIdFromBytes(named), pieces };
  }
  if (isWhole && kind === KIND.apart && rest.length === 0) {
    return { type: "apart", peerId: peerIdFromBytes(named) };
  }
  throw new PeerProtocolError(
    `Cannot read sl_conduct: ${payload.length} bytes are none of its three kinds`,
  );
}

import { concatBytes, idBytes, type PeerId, peerIdFromBytes } from "../../bytes/mod.ts";
import { MAX_GUIDED_PIECES } from "../limits.ts";
import { PeerProtocolError } from "./errors.ts";

/** Bytes of a piece index. */
const INDEX_LENGTH = 4;

/** Bytes of a peer id. */
const PEER_ID_LENGTH = 20;

/** The kinds by their number on the wire. */
const KIND = { free: 0, fetch: 1, apart: 2 } as const;

/** What two of ours say to each other about which pieces one of them fetches from others. */
export type Conduct =
  /** Choose for yourself what to fetch from others; as an answer: I choose for myself. */
  | { readonly type: "free" }
  /** Fetch from that peer what I name, now or before, and nothing else. */
  | { readonly type: "fetch"; readonly peerId: PeerId; readonly pieces: readonly number[] }
  /** As an answer: I am not connected to that peer. */
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
  const indices = new Uint8Array(conduct.pieces.length * INDEX_LENGTH);
  const view = new DataView(indices.buffer);
  conduct.pieces.forEach((index, position) => view.setUint32(position * INDEX_LENGTH, index));
  return concatBytes([kind, id, indices]);
}

/**
 * Decodes the payload of `sl_conduct`.
 *
 * @throws {PeerProtocolError} if it is anything else, or names too many pieces
 */
export function decodeConduct(payload: Uint8Array): Conduct {
  const [kind] = payload;
  if (kind === KIND.free && payload.length === 1) return { type: "free" };
  const named = payload.subarray(1, 1 + PEER_ID_LENGTH);
  const rest = payload.length - 1 - PEER_ID_LENGTH;
  if (rest === 0 && kind === KIND.apart) return { type: "apart", peerId: peerIdFromBytes(named) };
  if (rest < 0 || rest % INDEX_LENGTH !== 0 || kind !== KIND.fetch) {
    throw new PeerProtocolError(
      `Cannot read sl_conduct: ${payload.length} bytes are none of its three kinds`,
    );
  }
  if (rest > MAX_GUIDED_PIECES * INDEX_LENGTH) {
    throw new PeerProtocolError(
      `Cannot read sl_conduct: it names more than ${MAX_GUIDED_PIECES} pieces`,
    );
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const pieces: number[] = [];
  for (let at = 1 + PEER_ID_LENGTH; at < payload.length; at += INDEX_LENGTH) {
    pieces.push(view.getUint32(at));
  }
  return { type: "fetch", peerId: peerIdFromBytes(named), pieces };
}

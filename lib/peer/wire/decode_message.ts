import { PeerProtocolError } from "./errors.ts";
import { type Message, MESSAGE_ID } from "./message.ts";

const KEEP_ALIVE: Message = { type: "keep-alive" };
const CHOKE: Message = { type: "choke" };
const UNCHOKE: Message = { type: "unchoke" };
const INTERESTED: Message = { type: "interested" };
const NOT_INTERESTED: Message = { type: "not-interested" };
const HAVE_ALL: Message = { type: "have-all" };
const HAVE_NONE: Message = { type: "have-none" };

/** What the messages that name one piece are called, by their ids. */
const PIECE_MESSAGE = { 4: "have", 13: "suggest", 17: "allowed-fast" } as const;

/** What the messages that name a block are called, by their ids. */
const BLOCK_MESSAGE = { 6: "request", 8: "cancel", 16: "reject" } as const;

/**
 * Decodes the payload of one frame. Arrays of bytes in the result are views of it. Whether an index
 * or an offset exists is for the receiver to check, who knows the torrent.
 *
 * @throws {PeerProtocolError} if the payload has another length than its message has
 */
export function decodeMessage(payload: Uint8Array): Message {
  if (payload.length === 0) return KEEP_ALIVE;
  const id = payload[0]!;
  switch (id) {
    case MESSAGE_ID.choke:
      return expectLength(payload, 1) && CHOKE;
    case MESSAGE_ID.unchoke:
      return expectLength(payload, 1) && UNCHOKE;
    case MESSAGE_ID.interested:
      return expectLength(payload, 1) && INTERESTED;
    case MESSAGE_ID["not-interested"]:
      return expectLength(payload, 1) && NOT_INTERESTED;
    case MESSAGE_ID["have-all"]:
      return expectLength(payload, 1) && HAVE_ALL;
    case MESSAGE_ID["have-none"]:
      return expectLength(payload, 1) && HAVE_NONE;
    case MESSAGE_ID.have:
    case MESSAGE_ID.suggest:
    case MESSAGE_ID["allowed-fast"]:
      expectLength(payload, 5);
      return { type: PIECE_MESSAGE[id], index: readUint32(payload, 1) };
    case MESSAGE_ID.bitfield:
      return { type: "bitfield", bits: payload.subarray(1) };
    case MESSAGE_ID.request:
    case MESSAGE_ID.cancel:
    case MESSAGE_ID.reject:
      expectLength(payload, 13);
      return {
        type: BLOCK_MESSAGE[id],
        index: readUint32(payload, 1),
        begin: readUint32(payload, 5),
        length: readUint32(payload, 9),
      };
    case MESSAGE_ID.piece:
      if (payload.length < 9) throw wrongLength(payload, "at least 9");
      return {
        type: "piece",
        index: readUint32(payload, 1),
        begin: readUint32(payload, 5),
        block: payload.subarray(9),
      };
    case MESSAGE_ID.extended:
      if (payload.length < 2) throw wrongLength(payload, "at least 2");
      return { type: "extended", id: payload[1]!, payload: payload.subarray(2) };
    default:
      return { type: "unknown", id, payload: payload.subarray(1) };
  }
}

function expectLength(payload: Uint8Array, length: number): true {
  if (payload.length !== length) throw wrongLength(payload, `${length}`);
  return true;
}

function wrongLength(payload: Uint8Array, wanted: string): PeerProtocolError {
  return new PeerProtocolError(
    `Cannot read message ${payload[0]}: it has ${payload.length} bytes, must have ${wanted}`,
  );
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>>
    0;
}

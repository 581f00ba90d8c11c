import type { Payload } from "../../framing/mod.ts";
import { type BlockRequest, type Message, MESSAGE_ID } from "./message.ts";

/**
 * Encodes a message as the payload of one frame; the framing puts the length before it.
 *
 * ```text
 * keep-alive                      <len=0000>
 * choke, unchoke, (not-)interested <len=0001><id=0..3>
 * have-all, have-none             <len=0001><id=14, 15>
 * have, suggest, allowed-fast     <len=0005><id=4, 13, 17><piece index: u32>
 * bitfield                        <len=0001+X><id=5><bits: X bytes>
 * request, cancel, reject         <len=0013><id=6, 8, 16><index: u32><begin: u32><length: u32>
 * piece                           <len=0009+X><id=7><index: u32><begin: u32><block: X bytes>
 * extended                        <len=0002+X><id=20><extension id: u8><X bytes>
 * ```
 *
 * A block is passed on as a part of its own, not copied.
 */
export function encodeMessage(message: Message): Payload {
  switch (message.type) {
    case "keep-alive":
      return new Uint8Array(0);
    case "choke":
    case "unchoke":
    case "interested":
    case "not-interested":
    case "have-all":
    case "have-none":
      return Uint8Array.of(MESSAGE_ID[message.type]);
    case "have":
    case "suggest":
    case "allowed-fast":
      return header(5, MESSAGE_ID[message.type], [message.index]);
    case "bitfield":
      return [Uint8Array.of(MESSAGE_ID.bitfield), message.bits];
    case "request":
    case "cancel":
    case "reject":
      return encodeRange(MESSAGE_ID[message.type], message);
    case "piece":
      return [header(9, MESSAGE_ID.piece, [message.index, message.begin]), message.block];
    case "extended":
      return [Uint8Array.of(MESSAGE_ID.extended, message.id), message.payload];
    case "unknown":
      return [Uint8Array.of(message.id), message.payload];
    default:
      return message satisfies never;
  }
}

function encodeRange(id: number, { index, begin, length }: BlockRequest): Uint8Array {
  return header(13, id, [index, begin, length]);
}

function header(size: number, id: number, words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes[0] = id;
  let at = 1;
  for (const word of words) {
    bytes[at++] = word >>> 24;
    bytes[at++] = word >>> 16;
    bytes[at++] = word >>> 8;
    bytes[at++] = word;
  }
  return bytes;
}

import { concatBytes } from "../../../lib/bytes/mod.ts";
import { encodeFrames, FrameDecoder } from "../../../lib/framing/mod.ts";
import { decodeMessage, encodeMessage, type Message } from "../../../lib/peer/wire/mod.ts";
import type { WireFrame } from "../../vectors/wire_vector.ts";

/** The bytes that hexadecimal digits, with blanks anywhere, stand for. */
export function bytesOfHex(hex: string): Uint8Array<ArrayBuffer> {
  const digits = hex.replaceAll(/\s/g, "");
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** The bytes of a captured frame. */
export function bytesOfFrame({ hex, letters = 0 }: WireFrame): Uint8Array<ArrayBuffer> {
  return concatBytes([bytesOfHex(hex), new Uint8Array(letters).fill(0x41)]);
}

/** Reads a stream that arrives in these chunks, which must end between two messages. */
export function readMessages(chunks: Iterable<Uint8Array>): Message[] {
  const decoder = new FrameDecoder({ maxLength: 1024 * 1024 });
  const messages: Message[] = [];
  for (const chunk of chunks) messages.push(...decoder.push(chunk).map(decodeMessage));
  decoder.end();
  return messages;
}

/** Writes messages as they stand on the wire. */
export function writeMessages(messages: readonly Message[]): Uint8Array<ArrayBuffer> {
  return encodeFrames(messages.map(encodeMessage));
}

/** Cuts bytes into chunks of one size; the last one may be shorter. */
export function* chunksOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

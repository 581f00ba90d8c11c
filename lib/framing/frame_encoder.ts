import { PREFIX_LENGTH } from "./frame_decoder.ts";

/** The content of one frame: its bytes, or parts that stand for their concatenation. */
export type Payload = Uint8Array | readonly Uint8Array[];

/** Gives bytes with any content, of this length. */
export type Allocate = (length: number) => Uint8Array<ArrayBuffer>;

/** Puts the length before each payload and joins the frames, copying each byte once. */
export function encodeFrames(
  payloads: readonly Payload[],
  allocate: Allocate = (length) => new Uint8Array(length),
): Uint8Array<ArrayBuffer> {
  let total = 0;
  for (const payload of payloads) total += PREFIX_LENGTH + lengthOf(payload);
  const bytes = allocate(total);
  const view = new DataView(bytes.buffer, bytes.byteOffset, total);
  let at = 0;
  for (const payload of payloads) {
    view.setUint32(at, lengthOf(payload));
    at += PREFIX_LENGTH;
    for (const part of payload instanceof Uint8Array ? [payload] : payload) {
      bytes.set(part, at);
      at += part.length;
    }
  }
  return bytes;
}

/** Puts the length before a payload: `<length: u32, big-endian><payload>`. */
export function encodeFrame(payload: Payload): Uint8Array<ArrayBuffer> {
  return encodeFrames([payload]);
}

function lengthOf(payload: Payload): number {
  if (payload instanceof Uint8Array) return payload.length;
  let length = 0;
  for (const part of payload) length += part.length;
  return length;
}

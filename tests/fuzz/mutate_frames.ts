import { concatBytes } from "../../lib/bytes/mod.ts";
import { encodeFrame } from "../../lib/framing/mod.ts";
import { randomBelow, randomBytes } from "../bytes/seeded_random.ts";
import { edge, pick } from "./edges.ts";
import { mutateBencode } from "./mutate_bencode.ts";
import { mutateBytes, numberBytes } from "./mutate_bytes.ts";

/** The id of the messages of extensions (BEP 10). */
const EXTENDED = 20;

/** The payloads of a stream of frames; what is cut off at the end is one, too. */
function payloadsOf(bytes: Uint8Array): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
    payloads.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return payloads;
}

function changePayload(payload: Uint8Array, random: () => number, other: Uint8Array): Uint8Array {
  const isBencoded = payload[0] === 0x64;
  if (isBencoded && random() < 0.8) return mutateBencode(payload, random, other);
  if (payload[0] === EXTENDED && random() < 0.7) {
    const changed = mutateBencode(payload.subarray(2), random, other.subarray(2));
    return concatBytes([payload.subarray(0, 2), changed]);
  }
  const copy = payload.slice();
  switch (randomBelow(random, 4)) {
    case 0:
      copy[0] = randomBelow(random, 24);
      return copy;
    case 1: {
      const at = 1 + 4 * randomBelow(random, 3);
      if (at + 4 <= copy.length) copy.set(numberBytes(edge(random), 4), at);
      return copy;
    }
    case 2: {
      const at = 1 + 4 * randomBelow(random, 3);
      if (at + 4 <= copy.length) copy.set(numberBytes(BigInt(randomBelow(random, 8)), 4), at);
      return copy;
    }
    default:
      return mutateBytes(payload, random, other);
  }
}

/** Changes, drops, repeats and moves the frames of a stream, and sometimes what is between them. */
export function mutateFrames(
  bytes: Uint8Array,
  random: () => number,
  other: Uint8Array,
): Uint8Array<ArrayBuffer> {
  if (random() < 0.1) return mutateBytes(bytes, random, other);
  const frames = payloadsOf(bytes);
  const others = payloadsOf(other);
  do {
    const at = randomBelow(random, frames.length + 1);
    const frame = frames[at] ?? others[randomBelow(random, others.length)] ?? new Uint8Array(0);
    const kind = randomBelow(random, 8);
    if (kind === 0) frames.splice(at, 1);
    else if (kind === 1) {
      const copies = random() < 0.9 ? 1 : randomBelow(random, 3_000);
      const room = Math.floor(MAX_STREAM / (frame.length + 5));
      frames.splice(at, 0, ...Array.from({ length: Math.min(copies, room) }, () => frame));
    } else if (kind === 2) frames.push(...frames.splice(at, 1));
    else if (kind === 3) {
      frames.splice(at, 0, others[randomBelow(random, others.length)] ?? frame);
    } else if (kind === 4) {
      const length = pick(random, [0, 1, 2, 5, 9, 13, 17, 64, 1_000]);
      frames.splice(at, 0, randomBytes(random, length));
    } else if (at < frames.length) {
      const second = others[randomBelow(random, others.length)] ?? frame;
      frames[at] = changePayload(frame, random, second);
    }
  } while (random() < 0.5);
  const stream = concatBytes(frames.map(encodeFrame)).slice(0, MAX_STREAM);
  if (random() > 0.08) return stream;
  // A length that lies, behind which the rest may be read as anything.
  const at = randomBelow(random, stream.length);
  return concatBytes([stream.subarray(0, at), numberBytes(edge(random), 4), stream.subarray(at)]);
}

/** The longest stream of frames that mutation makes, in bytes. */
const MAX_STREAM = 256 * 1024;

import { PeerProtocolError } from "./errors.ts";
import { MAX_GUIDED_PIECES } from "../limits.ts";

/** Bytes of a piece index. */
const INDEX_LENGTH = 4;

/** What two of ours say to each other about which pieces one of them fetches from the other. */
export interface Guide {
  /**
   * `"guided"`: fetch from me what I name, now or before, and nothing else; `"free"`: fetch what you
   * like again; `"declined"`, as an answer: I get these pieces elsewhere.
   */
  readonly choice: "free" | "guided" | "declined";
  /** The pieces that are named. */
  readonly pieces: readonly number[];
}

/** The choices by their number on the wire. */
const CHOICES: readonly Guide["choice"][] = ["free", "guided", "declined"];

/** Encodes the payload of our extension `sl_guide`: `<choice: u8>` and `<piece index: u32>` a piece. */
export function encodeGuide({ choice, pieces }: Guide): Uint8Array {
  const bytes = new Uint8Array(1 + pieces.length * INDEX_LENGTH);
  const view = new DataView(bytes.buffer);
  bytes[0] = CHOICES.indexOf(choice);
  pieces.forEach((index, position) => view.setUint32(1 + position * INDEX_LENGTH, index));
  return bytes;
}

/**
 * Decodes the payload of `sl_guide`.
 *
 * @throws {PeerProtocolError} if it is anything else
 */
export function decodeGuide(payload: Uint8Array): Guide {
  const choice = CHOICES[payload[0] ?? CHOICES.length];
  if (choice === undefined || payload.length % INDEX_LENGTH !== 1) {
    throw new PeerProtocolError(
      `Cannot read sl_guide: ${payload.length} bytes are not 0, 1 or 2 and 4 bytes a piece`,
    );
  }
  if (payload.length > 1 + MAX_GUIDED_PIECES * INDEX_LENGTH) {
    throw new PeerProtocolError(
      `Cannot read sl_guide: it names more than ${MAX_GUIDED_PIECES} pieces`,
    );
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const pieces: number[] = [];
  for (let at = 1; at < payload.length; at += INDEX_LENGTH) pieces.push(view.getUint32(at));
  return { choice, pieces };
}

import { concatBytes } from "../../bytes/mod.ts";
import { PeerProtocolError } from "./errors.ts";
import { decodePieceIndices, encodePieceIndices, INDEX_LENGTH } from "./piece_indices.ts";

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
  return concatBytes([Uint8Array.of(CHOICES.indexOf(choice)), encodePieceIndices(pieces)]);
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
  return { choice, pieces: decodePieceIndices(payload.subarray(1), "sl_guide") };
}

import { type BencodeValue, decode, DictionaryReader } from "../../bencode/mod.ts";
import { foldMapped, isIpv4, isIpv6, type PeerAddress } from "../../net/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import { decodeCompactPeers, type Family } from "./compact_peers.ts";
import { MalformedMessageError } from "./message.ts";

/** What a tracker of any kind answered to an announce. */
export interface AnnounceResult {
  /** Seconds until the next announce. */
  readonly intervalS: number;
  /** Seconds before which there should be none, if it says so. */
  readonly minIntervalS: number | undefined;
  /** Peers that hold everything, as far as it says. */
  readonly seeders: number | undefined;
  /** Peers that do not, as far as it says. */
  readonly leechers: number | undefined;
  /** Where peers are. */
  readonly peers: readonly PeerAddress[];
  /** What it wants to be told again, if anything (BEP 3, `tracker id`). */
  readonly trackerId: Uint8Array | undefined;
  /** What it says to people although all went well; hostile text. */
  readonly warning: string | undefined;
}

/** Values in an answer at most; a list of dictionaries has seven for each peer. */
const MAX_VALUES = 65_536;

/** How deep an answer nests: itself, a list of peers, a peer. */
const MAX_DEPTH = 3;

/** Bytes of a text for people at most. */
const MAX_TEXT_BYTES = 4_096;

/** Bytes of a tracker id at most. */
const MAX_TRACKER_ID = 256;

/** The longest interval that is believed, in seconds. */
const MAX_INTERVAL_S = 86_400;

/**
 * Reads the answer of an HTTP tracker to an announce (BEP 3, BEP 7, BEP 23), in whichever form it lists
 * peers. A peer whose address is none is passed over, and so is what is said beside the peers and is
 * of a wrong type.
 *
 * @throws {TrackerRefusedError} if it is a failure reason
 * @throws {MalformedMessageError} if it is no answer
 */
export function decodeHttpAnnounceReply(bytes: Uint8Array): AnnounceResult {
  try {
    const top = decode(bytes, { mode: "tolerant", maxDepth: MAX_DEPTH, maxValues: MAX_VALUES });
    if (!(top instanceof Map)) throw new TypeError("it is no dictionary");
    const reason = textAt(top.get("failure reason"));
    if (reason !== undefined) throw new TrackerRefusedError(REFUSAL.unknown, reason);
    const reader = new DictionaryReader(top, "answer");
    return {
      intervalS: Math.min(reader.integer("interval", { min: 1 }), MAX_INTERVAL_S),
      minIntervalS: countAt(top.get("min interval")),
      seeders: countAt(top.get("complete")),
      leechers: countAt(top.get("incomplete")),
      peers: [
        ...peersOf(top.get("peers"), "ipv4"),
        ...peersOf(top.get("peers6"), "ipv6"),
      ],
      trackerId: trackerIdOf(top.get("tracker id")),
      warning: textAt(top.get("warning message")),
    };
  } catch (cause) {
    if (cause instanceof TrackerRefusedError || !(cause instanceof Error)) throw cause;
    throw new MalformedMessageError(`Cannot read the tracker's answer: ${cause.message}`, {
      cause,
    });
  }
}

function peersOf(value: BencodeValue | undefined, family: Family): PeerAddress[] {
  if (value === undefined) return [];
  if (value instanceof Uint8Array) return decodeCompactPeers(value, family);
  if (!Array.isArray(value)) throw new TypeError("peers is neither a list nor packed");
  return value.flatMap((entry) => entry instanceof Map ? peerOf(entry) : []);
}

function peerOf(entry: ReadonlyMap<string, BencodeValue>): PeerAddress[] {
  const host = textAt(entry.get("ip")) ?? "";
  const port = countAt(entry.get("port")) ?? 0;
  if ((!isIpv4(host) && !isIpv6(host)) || port < 1 || port > 65_535) return [];
  return [{ host: foldMapped(host), port }];
}

function textAt(value: BencodeValue | undefined): string | undefined {
  if (!(value instanceof Uint8Array)) return undefined;
  return new TextDecoder().decode(value.subarray(0, MAX_TEXT_BYTES));
}

function countAt(value: BencodeValue | undefined): number | undefined {
  return typeof value === "number" && value >= 0 ? value : undefined;
}

function trackerIdOf(value: BencodeValue | undefined): Uint8Array | undefined {
  return value instanceof Uint8Array && value.length <= MAX_TRACKER_ID ? value.slice() : undefined;
}

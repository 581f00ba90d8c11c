import { type BencodeValue, decode } from "../../bencode/mod.ts";
import {
  decodePaddedPeers,
  type Family,
  foldMapped,
  formatIp,
  IPV4_LENGTH,
  IPV6_LENGTH,
  isIpv4,
  isIpv6,
  type PeerAddress,
} from "../../net/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import { MalformedMessageError } from "./message.ts";
import {
  MAX_BELIEVED_INTERVAL_S,
  MAX_HTTP_REPLY_DEPTH,
  MAX_HTTP_REPLY_VALUES,
  MAX_TRACKER_ID_BYTES,
  MAX_TRACKER_TEXT_BYTES,
} from "../limits.ts";

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
  /** The IP address at which the tracker sees us, if it says so (BEP 24). */
  readonly externalHost: string | undefined;
  /** What it wants to be told again, if anything (BEP 3, `tracker id`). */
  readonly trackerId: Uint8Array | undefined;
  /** What it says to people although all went well; hostile text. */
  readonly warning: string | undefined;
}

/** Seconds until the next announce if the tracker does not say. */
const DEFAULT_INTERVAL_S = 1_800;

/** White space that some programs write behind what they have to say. */
const WHITE_SPACE: ReadonlySet<number | undefined> = new Set([0x09, 0x0a, 0x0d, 0x20]);

/**
 * Reads the answer of an HTTP tracker to an announce (BEP 3, BEP 7, BEP 23, BEP 24), in whichever form it lists
 * peers. A peer whose address is none is passed over, and so are the rest of a list that is cut and
 * what is said beside the peers and is of a wrong type. Half an hour is the interval of who names none.
 *
 * @throws {TrackerRefusedError} if it is a failure reason
 * @throws {MalformedMessageError} if it is no answer
 */
export function decodeHttpAnnounceReply(bytes: Uint8Array): AnnounceResult {
  try {
    const top = decode(trimEnd(bytes), {
      mode: "tolerant",
      maxDepth: MAX_HTTP_REPLY_DEPTH,
      maxValues: MAX_HTTP_REPLY_VALUES,
    });
    if (!(top instanceof Map)) throw new TypeError("it is no dictionary");
    const reason = textAt(top.get("failure reason"));
    if (reason !== undefined) {
      throw new TrackerRefusedError(REFUSAL.unknown, reason, retryAfter(top.get("retry in")));
    }
    if (!["interval", "peers", "peers6"].some((key) => top.has(key))) {
      throw new TypeError("it has neither an interval nor peers");
    }
    return {
      intervalS: believableInterval(countAt(top.get("interval")) ?? DEFAULT_INTERVAL_S),
      minIntervalS: minIntervalOf(top.get("min interval")),
      seeders: countAt(top.get("complete")),
      leechers: countAt(top.get("incomplete")),
      peers: [
        ...peersOf(top.get("peers"), "ipv4"),
        ...peersOf(top.get("peers6"), "ipv6"),
      ],
      externalHost: hostOf(top.get("external ip")),
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

/** The interval that a tracker is taken to mean: a second at least, a day at most. */
export function believableInterval(seconds: number): number {
  return Math.min(Math.max(1, seconds), MAX_BELIEVED_INTERVAL_S);
}

/** Reads the minutes that a tracker wants to be left alone, `never` being the longest (BEP 31). */
function retryAfter(value: BencodeValue | undefined): number | undefined {
  const minutes = textAt(value) === "never" ? Infinity : countAt(value);
  return minutes === undefined ? undefined : believableInterval(minutes * 60) * 1_000;
}

function minIntervalOf(value: BencodeValue | undefined): number | undefined {
  const seconds = countAt(value);
  return seconds === undefined ? undefined : believableInterval(seconds);
}

function trimEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (WHITE_SPACE.has(bytes[end - 1])) end--;
  return bytes.subarray(0, end);
}

function peersOf(value: BencodeValue | undefined, family: Family): PeerAddress[] {
  if (value === undefined) return [];
  if (value instanceof Uint8Array) return decodePaddedPeers(value, family);
  if (!Array.isArray(value)) throw new TypeError("peers is neither a list nor packed");
  return value.flatMap((entry) => entry instanceof Map ? peerOf(entry) : []);
}

function peerOf(entry: ReadonlyMap<string, BencodeValue>): PeerAddress[] {
  const host = textAt(entry.get("ip")) ?? "";
  const port = countAt(entry.get("port")) ?? 0;
  if ((!isIpv4(host) && !isIpv6(host)) || port < 1 || port > 65_535) return [];
  return [{ host: foldMapped(host), port }];
}

function hostOf(value: BencodeValue | undefined): string | undefined {
  const isAddress = value instanceof Uint8Array &&
    (value.length === IPV4_LENGTH || value.length === IPV6_LENGTH);
  return isAddress ? formatIp(value) : undefined;
}

function textAt(value: BencodeValue | undefined): string | undefined {
  if (!(value instanceof Uint8Array)) return undefined;
  return new TextDecoder().decode(value.subarray(0, MAX_TRACKER_TEXT_BYTES));
}

function countAt(value: BencodeValue | undefined): number | undefined {
  return typeof value === "number" && value >= 0 ? value : undefined;
}

function trackerIdOf(value: BencodeValue | undefined): Uint8Array | undefined {
  return value instanceof Uint8Array && value.length <= MAX_TRACKER_ID_BYTES
    ? value.slice()
    : undefined;
}

import { concatBytes, type InfoHash, infoHashFromBytes, peerIdFromBytes } from "../../bytes/mod.ts";
import type { AnnounceEvent, AnnounceRequest } from "./announce.ts";
import { MAX_SCRAPED, MAX_UDP_PATH } from "../limits.ts";

/** The connection id that asks for one (BEP 15). */
export const PROTOCOL_ID = 0x41727101980n;

/** What a request asks for; the number stands in it (BEP 15). */
export const UDP_ACTION: {
  readonly connect: 0;
  readonly announce: 1;
  readonly scrape: 2;
  readonly error: 3;
} = { connect: 0, announce: 1, scrape: 2, error: 3 };

/** Bytes of a connect request, and of the head of every other. */
const HEAD_LENGTH = 16;

/** Bytes of an announce request without options. */
const ANNOUNCE_LENGTH = 98;

/** What happened, by the number that stands for it in an announce (BEP 15). */
export const UDP_EVENTS: readonly AnnounceEvent[] = ["none", "completed", "started", "stopped"];

/** What every request begins with. */
export interface UdpHead {
  /** What entitles to an answer, 8 bytes; {@linkcode PROTOCOL_ID} in a connect request. */
  readonly connectionId: bigint;
  /** The number that the answer bears again. */
  readonly transaction: number;
}

/** A request to the UDP door (BEP 15). */
export type UdpRequest =
  & UdpHead
  & (
    | { readonly type: "connect" }
    | {
      readonly type: "announce";
      readonly request: AnnounceRequest;
      /** The path of the URL under which the tracker is known (BEP 41); empty if it is not said. */
      readonly path: string;
    }
    | { readonly type: "scrape"; readonly infoHashes: readonly InfoHash[] }
    /** It has a head that can be answered, and the rest is wrong. */
    | { readonly type: "malformed"; readonly problem: string }
  );

/**
 * Reads a datagram; `undefined` if it is no request, and must not be answered.
 *
 * connect: `<0x41727101980: u64><0: u32><transaction: u32>`
 *
 * announce: `<connection id: u64><1: u32><transaction: u32><info-hash: 20><peer id: 20>
 * <downloaded: u64><left: u64><uploaded: u64><event: u32><IP: u32><key: u32><num_want: i32><port: u16>
 * <options>` (BEP 41)
 *
 * scrape: `<connection id: u64><2: u32><transaction: u32>` and 20 bytes for each torrent
 */
export function decodeUdpRequest(bytes: Uint8Array): UdpRequest | undefined {
  if (bytes.length < HEAD_LENGTH) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const head = { connectionId: view.getBigUint64(0), transaction: view.getUint32(12) };
  switch (view.getUint32(8)) {
    case UDP_ACTION.connect:
      return head.connectionId === PROTOCOL_ID ? { type: "connect", ...head } : undefined;
    case UDP_ACTION.announce:
      return { ...head, ...decodeAnnounce(bytes, view) };
    case UDP_ACTION.scrape:
      return { ...head, ...decodeScrape(bytes) };
    default:
      return undefined;
  }
}

type Announce = Omit<Extract<UdpRequest, { type: "announce" }>, keyof UdpHead>;
type Scrape = Omit<Extract<UdpRequest, { type: "scrape" }>, keyof UdpHead>;
type Malformed = Omit<Extract<UdpRequest, { type: "malformed" }>, keyof UdpHead>;

function decodeAnnounce(bytes: Uint8Array, view: DataView): Announce | Malformed {
  if (bytes.length < ANNOUNCE_LENGTH) {
    return malformed(`an announce has ${bytes.length} bytes, at least ${ANNOUNCE_LENGTH}`);
  }
  const event = UDP_EVENTS[view.getUint32(80)];
  if (event === undefined) return malformed("the event is none of 0 to 3");
  const port = view.getUint16(96);
  if (port === 0) return malformed("the port is 0");
  const path = decodePath(bytes.subarray(ANNOUNCE_LENGTH));
  if (path === undefined) return malformed("the options are cut off");
  const numWant = view.getInt32(92);
  return {
    type: "announce",
    path,
    request: {
      infoHash: infoHashFromBytes(bytes.subarray(16, 36)),
      peerId: peerIdFromBytes(bytes.subarray(36, 56)),
      downloaded: readCount(view, 56),
      left: readCount(view, 64),
      uploaded: readCount(view, 72),
      event,
      numWant: numWant < 0 ? undefined : numWant,
      port,
    },
  };
}

/** Reads the URL data among options (BEP 41); `undefined` if one is cut off. */
function decodePath(options: Uint8Array): string | undefined {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let at = 0; at < options.length;) {
    const type = options[at++];
    if (type === OPTION.end) break;
    if (type === OPTION.nothing) continue;
    const size = options[at++];
    if (size === undefined || at + size > options.length) return undefined;
    length += size;
    if (type === OPTION.urlData && length <= MAX_UDP_PATH) {
      parts.push(options.subarray(at, at + size));
    }
    at += size;
  }
  return String.fromCharCode(...concatBytes(parts));
}

/** The options of BEP 41. */
const OPTION = { end: 0, nothing: 1, urlData: 2 } as const;

function decodeScrape(bytes: Uint8Array): Scrape | Malformed {
  const length = bytes.length - HEAD_LENGTH;
  if (length === 0 || length % 20 !== 0) return malformed("a scrape names no whole info-hashes");
  if (length > MAX_SCRAPED * 20) {
    return malformed(`a scrape names more than ${MAX_SCRAPED} torrents`);
  }
  const infoHashes: InfoHash[] = [];
  for (let at = HEAD_LENGTH; at < bytes.length; at += 20) {
    infoHashes.push(infoHashFromBytes(bytes.subarray(at, at + 20)));
  }
  return { type: "scrape", infoHashes };
}

/** Reads an unsigned number of 64 bits; one that is no safe integer is taken as the largest that is. */
function readCount(view: DataView, at: number): number {
  const value = view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

function malformed(problem: string): Malformed {
  return { type: "malformed", problem };
}

import { concatBytes, idBytes } from "../../bytes/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import type { AnnounceRequest } from "./announce.ts";
import { type AnnounceResult, believableInterval } from "./announce_result.ts";
import { decodePaddedPeers, type Family } from "../../net/mod.ts";
import { MalformedMessageError } from "./message.ts";
import { UDP_REPLY_HEAD_LENGTH } from "./udp_reply.ts";
import { PROTOCOL_ID, UDP_ACTION, UDP_EVENTS } from "./udp_request.ts";

/** Bytes of URL data in one option (BEP 41). */
const MAX_OPTION_LENGTH = 255;

/** Writes `<0x41727101980: u64><0: u32><transaction: u32>` (BEP 15). */
export function encodeUdpConnect(transaction: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, PROTOCOL_ID);
  view.setUint32(8, UDP_ACTION.connect);
  view.setUint32(12, transaction);
  return bytes;
}

/** What an announce by UDP says beside what every announce says. */
export interface UdpAnnounceExtras {
  /** What the tracker gave when it was asked for it. */
  readonly connectionId: bigint;
  /** The number that the answer bears again. */
  readonly transaction: number;
  /** A number of 32 bits that is the same in all our announces, and that nobody else knows. */
  readonly key: number;
  /** Path and query of the tracker's URL (BEP 41). */
  readonly path: string;
}

/** Writes an announce of 98 bytes (BEP 15), and the path of the tracker's URL as options (BEP 41). */
export function encodeUdpAnnounce(
  request: AnnounceRequest,
  { connectionId, transaction, key, path }: UdpAnnounceExtras,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(98);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, connectionId);
  view.setUint32(8, UDP_ACTION.announce);
  view.setUint32(12, transaction);
  bytes.set(idBytes(request.infoHash), 16);
  bytes.set(idBytes(request.peerId), 36);
  view.setBigUint64(56, BigInt(request.downloaded));
  view.setBigUint64(64, BigInt(request.left));
  view.setBigUint64(72, BigInt(request.uploaded));
  // There is no number for the event of BEP 21: it is none.
  view.setUint32(80, Math.max(0, UDP_EVENTS.indexOf(request.event)));
  view.setUint32(88, key);
  view.setInt32(92, request.numWant ?? -1);
  view.setUint16(96, request.port);
  return concatBytes([bytes, ...optionsOf(path)]);
}

function optionsOf(path: string): Uint8Array[] {
  const data = new TextEncoder().encode(path);
  const options: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += MAX_OPTION_LENGTH) {
    const part = data.subarray(at, at + MAX_OPTION_LENGTH);
    options.push(Uint8Array.of(2, part.length), part);
  }
  return options;
}

/** An answer of the tracker to a request of ours. */
export type UdpAnswer =
  | { readonly type: "connection"; readonly connectionId: bigint }
  | { readonly type: "announced"; readonly result: AnnounceResult };

/**
 * Reads the answer to the request of a transaction; `undefined` if it is that of another one, or none.
 *
 * @throws {TrackerRefusedError} if it is an error
 * @throws {MalformedMessageError} if it is cut off
 */
export function decodeUdpAnswer(
  bytes: Uint8Array,
  transaction: number,
  family: Family,
): UdpAnswer | undefined {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(4) !== transaction) return undefined;
  switch (view.getUint32(0)) {
    case UDP_ACTION.connect:
      if (bytes.length < 16) throw cutOff(bytes);
      return { type: "connection", connectionId: view.getBigUint64(8) };
    case UDP_ACTION.announce:
      if (bytes.length < UDP_REPLY_HEAD_LENGTH) throw cutOff(bytes);
      return { type: "announced", result: decodeAnnounced(bytes, view, family) };
    case UDP_ACTION.error:
      throw new TrackerRefusedError(REFUSAL.unknown, new TextDecoder().decode(bytes.subarray(8)));
    default:
      return undefined;
  }
}

function decodeAnnounced(bytes: Uint8Array, view: DataView, family: Family): AnnounceResult {
  return {
    intervalS: believableInterval(view.getUint32(8)),
    minIntervalS: undefined,
    leechers: view.getUint32(12),
    seeders: view.getUint32(16),
    peers: decodePaddedPeers(bytes.subarray(UDP_REPLY_HEAD_LENGTH), family),
    externalHost: undefined,
    trackerId: undefined,
    warning: undefined,
  };
}

function cutOff(bytes: Uint8Array): MalformedMessageError {
  return new MalformedMessageError(
    `Cannot read the tracker's answer: it has only ${bytes.length} bytes`,
  );
}

import type { Family } from "../../net/mod.ts";
import { type AnnounceReply, packPeers, type ScrapeEntry } from "./announce.ts";
import { UDP_ACTION } from "./udp_request.ts";

/** Bytes of an announce reply without peers (BEP 15). */
export const UDP_REPLY_HEAD_LENGTH = 20;

/** Bytes of a scrape reply for each torrent. */
const SCRAPE_ENTRY_LENGTH = 12;

const utf8 = new TextEncoder();

/** Writes `<0: u32><transaction: u32><connection id: u64>` (BEP 15). */
export function encodeUdpConnectReply(
  transaction: number,
  connectionId: bigint,
): Uint8Array<ArrayBuffer> {
  const [bytes, view] = begin(16, UDP_ACTION.connect, transaction);
  view.setBigUint64(8, connectionId);
  return bytes;
}

/**
 * Writes `<1: u32><transaction: u32><interval: u32><leechers: u32><seeders: u32>` and the peers of
 * the family by which the request came (BEP 15).
 */
export function encodeUdpAnnounceReply(
  transaction: number,
  { intervalS, leechers, seeders, peers }: AnnounceReply,
  family: Family,
): Uint8Array<ArrayBuffer> {
  const list = packPeers(peers)[family];
  const [bytes, view] = begin(
    UDP_REPLY_HEAD_LENGTH + list.length,
    UDP_ACTION.announce,
    transaction,
  );
  view.setUint32(8, intervalS);
  view.setUint32(12, leechers);
  view.setUint32(16, seeders);
  bytes.set(list, UDP_REPLY_HEAD_LENGTH);
  return bytes;
}

/** Writes `<2: u32><transaction: u32>` and `<seeders: u32><completed: u32><leechers: u32>` of each (BEP 15). */
export function encodeUdpScrapeReply(
  transaction: number,
  entries: readonly ScrapeEntry[],
): Uint8Array<ArrayBuffer> {
  const [bytes, view] = begin(
    8 + entries.length * SCRAPE_ENTRY_LENGTH,
    UDP_ACTION.scrape,
    transaction,
  );
  for (const [index, { seeders, completions, leechers }] of entries.entries()) {
    const at = 8 + index * SCRAPE_ENTRY_LENGTH;
    view.setUint32(at, seeders);
    view.setUint32(at + 4, completions);
    view.setUint32(at + 8, leechers);
  }
  return bytes;
}

/** Writes `<3: u32><transaction: u32><message>` (BEP 15). */
export function encodeUdpError(transaction: number, message: string): Uint8Array<ArrayBuffer> {
  const text = utf8.encode(message);
  const [bytes] = begin(8 + text.length, UDP_ACTION.error, transaction);
  bytes.set(text, 8);
  return bytes;
}

function begin(
  length: number,
  action: number,
  transaction: number,
): [bytes: Uint8Array<ArrayBuffer>, view: DataView] {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, action);
  view.setUint32(4, transaction);
  return [bytes, view];
}

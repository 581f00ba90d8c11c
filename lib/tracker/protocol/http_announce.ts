import { encode } from "../../bencode/mod.ts";
import { idBytes, type InfoHash, infoHashFromBytes, peerIdFromBytes } from "../../bytes/mod.ts";
import { ipBytes, isUnicast } from "../../net/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import {
  type AnnounceEvent,
  type AnnounceReply,
  type AnnounceRequest,
  packPeers,
  type ScrapeEntry,
} from "./announce.ts";
import type { QueryString } from "./query_string.ts";
import { MAX_KEY_BYTES, MAX_SCRAPED } from "../limits.ts";

/** The largest count of bytes that is taken as it is said; those of 64 bits beyond it are rounded. */
const MAX_COUNT = 2 ** 64;

const EVENTS: ReadonlyMap<string, AnnounceEvent> = new Map([
  ["", "none"],
  ["started", "started"],
  ["stopped", "stopped"],
  ["completed", "completed"],
  ["paused", "paused"],
]);

/** How a reply lists peers: packed (BEP 23), or as dictionaries with or without their ids (BEP 3). */
export type PeerListForm = "compact" | "full" | "no-ids";

/** An announce that came by HTTP. */
export interface HttpAnnounce {
  /** What it says. */
  readonly request: AnnounceRequest;
  /** How it wants to hear of peers. */
  readonly form: PeerListForm;
}

/**
 * Reads an announce (BEP 3, BEP 7, BEP 21, BEP 23). Parameters that are not known are ignored, and an
 * `ip` that is an address is, too: peers are where they are seen.
 *
 * @throws {TrackerRefusedError} if something is missing or is not what it must be
 */
export function parseHttpAnnounce(query: QueryString): HttpAnnounce {
  const infoHash = infoHashFromBytes(readId(query, "info_hash"));
  const peerId = peerIdFromBytes(readId(query, "peer_id"));
  const port = query.integer("port", { min: 1, max: 65_535 });
  if (port === undefined) throw malformed("port is missing");
  checkIgnored(query);
  const event = EVENTS.get(query.text("event") ?? "");
  if (event === undefined) throw malformed("event is none of started, stopped, completed, paused");
  const numWant = query.integer("numwant", { min: -(2 ** 31), max: 2 ** 32 });
  const form = query.text("compact") === "0"
    ? query.text("no_peer_id") === "1" ? "no-ids" : "full"
    : "compact";
  return {
    form,
    request: {
      ...{ infoHash, peerId, port, event },
      uploaded: readCount(query, "uploaded") ?? 0,
      downloaded: readCount(query, "downloaded") ?? 0,
      // Who does not say is not taken for a seeder.
      left: readCount(query, "left") ?? Number.MAX_SAFE_INTEGER,
      numWant: numWant === undefined || numWant < 0 ? undefined : numWant,
    },
  };
}

/**
 * Reads the info-hashes of a scrape (BEP 48).
 *
 * @throws {TrackerRefusedError} if there is none, there are too many, or one is none
 */
export function parseHttpScrape(query: QueryString): InfoHash[] {
  const count = query.count("info_hash");
  if (count === 0) throw malformed("info_hash is missing; a scrape of everything is not answered");
  if (count > MAX_SCRAPED) {
    throw malformed(`info_hash is there ${count} times, at most ${MAX_SCRAPED}`);
  }
  return query.allBytes("info_hash").map((bytes) => {
    checkIdLength(bytes, "info_hash");
    return infoHashFromBytes(bytes);
  });
}

/** Writes the answer to an announce (BEP 3, BEP 7, BEP 23, BEP 24). */
export function encodeHttpAnnounceReply(
  reply: AnnounceReply,
  form: PeerListForm,
): Uint8Array<ArrayBuffer> {
  const { intervalS, minIntervalS, seeders, leechers, peers } = reply;
  if (form === "compact") return encodeCompactReply(reply);
  const list = (peers.form === "list" ? peers.peers : []).map(({ id, host, port }) => ({
    ip: host,
    ...(form === "full" && { "peer id": idBytes(id) }),
    port,
  }));
  return encode({
    complete: seeders,
    "external ip": externalIp(reply),
    incomplete: leechers,
    interval: intervalS,
    "min interval": minIntervalS,
    peers: list,
  });
}

/** Writes the form that nearly all ask for, without the detours of an encoder for everything. */
function encodeCompactReply(reply: AnnounceReply): Uint8Array<ArrayBuffer> {
  const { intervalS, minIntervalS, seeders, leechers, peers } = reply;
  const { ipv4, ipv6 } = packPeers(peers);
  const ip = externalIp(reply);
  const first = `d8:completei${seeders}e${ip === undefined ? "" : `11:external ip${ip.length}:`}`;
  const second = `10:incompletei${leechers}e8:intervali${intervalS}e` +
    `12:min intervali${minIntervalS}e5:peers${ipv4.length}:`;
  const third = ipv6.length === 0 ? "e" : `6:peers6${ipv6.length}:`;
  return joined([first, ip, second, ipv4, third, ...(ipv6.length === 0 ? [] : [ipv6, "e"])]);
}

/** The address of the asker, packed. */
function externalIp({ externalHost }: AnnounceReply): Uint8Array | undefined {
  return externalHost === undefined ? undefined : ipBytes(externalHost);
}

/** Texts of ASCII and bytes, one behind the other. */
function joined(parts: readonly (string | Uint8Array | undefined)[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + (part?.length ?? 0), 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "string") {
      // So short texts are not worth the call of an encoder.
      for (let index = 0; index < part.length; index++) bytes[at + index] = part.charCodeAt(index);
    } else if (part !== undefined) bytes.set(part, at);
    at += part?.length ?? 0;
  }
  return bytes;
}

/** Writes the answer to a scrape (BEP 48, BEP 21); what is not known is left out. */
export function encodeHttpScrapeReply(
  entries: readonly (readonly [InfoHash, ScrapeEntry])[],
): Uint8Array<ArrayBuffer> {
  const files = new Map(entries.map(([infoHash, entry]) => [
    String.fromCharCode(...idBytes(infoHash)),
    {
      complete: entry.seeders,
      downloaded: entry.completions,
      downloaders: entry.downloaders,
      incomplete: entry.leechers,
    },
  ]));
  return encode({ files });
}

/**
 * Writes why there is no other answer (BEP 3), a sentence for people, and after how many minutes to ask
 * again, where it is no matter of the usual interval (BEP 31).
 */
export function encodeHttpFailure(
  reason: string,
  retryMinutes?: number,
): Uint8Array<ArrayBuffer> {
  return encode({ "failure reason": reason, "retry in": retryMinutes });
}

function readId(query: QueryString, name: string): Uint8Array {
  const values = query.allBytes(name);
  const [bytes] = values;
  if (bytes === undefined) throw malformed(`${name} is missing`);
  if (values.length > 1) throw malformed(`${name} is there ${values.length} times, not once`);
  checkIdLength(bytes, name);
  return bytes;
}

function checkIdLength(bytes: Uint8Array, name: string): void {
  if (bytes.length !== 20) throw malformed(`${name} has ${bytes.length} bytes, must have 20`);
}

function readCount(query: QueryString, name: string): number | undefined {
  const count = query.integer(name, { min: 0, max: MAX_COUNT });
  return count === undefined ? undefined : Math.min(count, Number.MAX_SAFE_INTEGER);
}

/** Checks what is not used, so that a broken client hears of it. */
function checkIgnored(query: QueryString): void {
  // Not every client writes it as text.
  if (query.allBytes("key").some(({ length }) => length > MAX_KEY_BYTES)) {
    throw malformed(`key is longer than ${MAX_KEY_BYTES} bytes`);
  }
  for (const name of ["ip", "ipv4", "ipv6"]) {
    const host = query.text(name);
    if (host !== undefined && host !== "" && !isUnicast(withoutBrackets(host))) {
      throw malformed(`${name} is no address of a peer`);
    }
  }
}

/** The host of an address that may be written as in a URL. */
function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\](?::\d+)?$/, "$1");
}

function malformed(problem: string): TrackerRefusedError {
  return new TrackerRefusedError(REFUSAL.malformed, `Cannot read request: ${problem}`);
}

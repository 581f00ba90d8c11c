import { type InfoHash, infoHashFromHex } from "../../bytes/mod.ts";
import { PeerProtocolError } from "./errors.ts";
import { MAX_COOKIE_LENGTH, MAX_HEARD_ANNOUNCE, MAX_LOCAL_ANNOUNCE } from "../limits.ts";

const FIRST_LINE = "BT-SEARCH * HTTP/1.1";

/** What a peer tells all its neighbours of itself (BEP 14). */
export interface LocalAnnounce {
  /** The multicast group that it is sent to, with its port: `239.192.152.143:6771`. */
  readonly host: string;
  /** The TCP port at which the peer listens, 1 to 65535. */
  readonly port: number;
  /** The torrents that it holds or fetches, none twice. */
  readonly infoHashes: readonly InfoHash[];
  /** What shows the sender that a datagram is its own. */
  readonly cookie?: string;
}

/**
 * Writes a local announce as the bytes of a datagram:
 * `BT-SEARCH * HTTP/1.1`, `Host: <group>`, `Port: <port>`, `Infohash: <40 hex digits>` once or more,
 * `cookie: <cookie>`, each line ended by CR LF, and two empty lines (BEP 14).
 *
 * @throws {RangeError} if there is no torrent, or so many that it gets longer than 1400 bytes
 */
export function formatLocalAnnounce(announce: LocalAnnounce): Uint8Array {
  const { host, port, infoHashes, cookie } = announce;
  const lines = [
    FIRST_LINE,
    `Host: ${host}`,
    `Port: ${port}`,
    ...infoHashes.map((infoHash) => `Infohash: ${infoHash}`),
    ...(cookie === undefined ? [] : [`cookie: ${cookie}`]),
  ];
  const bytes = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n\r\n`);
  if (infoHashes.length > 0 && bytes.length <= MAX_LOCAL_ANNOUNCE) return bytes;
  throw new RangeError(
    `Cannot announce ${infoHashes.length} torrents in one datagram: it must be 1 or more, ` +
      `and ${bytes.length} bytes at most ${MAX_LOCAL_ANNOUNCE}`,
  );
}

/**
 * Reads a datagram as a local announce. Headers that are not known, and info-hashes of another kind
 * than ours, are passed over; the case of names and the space around values do not matter.
 *
 * @throws {PeerProtocolError} if it is anything else, or names no port, two, or no torrent
 */
export function parseLocalAnnounce(datagram: Uint8Array): LocalAnnounce {
  if (datagram.length > MAX_HEARD_ANNOUNCE) fail(`it has ${datagram.length} bytes`);
  const [head = ""] = new TextDecoder("latin1").decode(datagram).split(/\r\n\r\n|\n\n/, 1);
  const [first, ...lines] = head.split(/\r?\n/);
  if (first !== FIRST_LINE) fail(`it does not begin with ${FIRST_LINE}`);
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const [, name = "", value = ""] = /^([!-9;-~]+)[ \t]*:(.*)$/.exec(line) ?? [];
    const values = headers.get(name.toLowerCase()) ?? [];
    values.push(value.trim());
    headers.set(name.toLowerCase(), values);
  }
  const infoHashes = new Set(
    (headers.get("infohash") ?? []).filter((text) => /^[0-9a-f]{40}$/i.test(text))
      .map(infoHashFromHex),
  );
  if (infoHashes.size === 0) fail("it names no torrent");
  const cookie = headers.get("cookie")?.[0];
  return {
    host: headers.get("host")?.[0] ?? "",
    port: readPort(headers.get("port") ?? []),
    infoHashes: [...infoHashes],
    ...(cookie !== undefined && cookie.length <= MAX_COOKIE_LENGTH && { cookie }),
  };
}

function readPort([text = "", ...others]: readonly string[]): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port > 0 && port <= 65_535 && others.length === 0) return port;
  return fail(`it must name one port, from 1 to 65535`);
}

function fail(reason: string): never {
  throw new PeerProtocolError(`Cannot read local announce: ${reason}`);
}

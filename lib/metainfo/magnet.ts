import { type InfoHash, infoHashFromHex } from "../bytes/mod.ts";
import { MAX_MAGNET_LENGTH, MAX_TOTAL_LENGTH } from "./limits.ts";
import { quoteText } from "../bytes/mod.ts";
import { checkName, UnsafePathError } from "./safe_path.ts";

/** What a magnet link says of one torrent (BEP 9). */
export interface MagnetLink {
  /** The torrent (`xt`). */
  readonly infoHash: InfoHash;
  /** The torrent's name (`dn`), as safe as that of a torrent. */
  readonly name?: string;
  /** Announce URLs (`tr`), as they stand in the link. */
  readonly trackers: readonly string[];
  /** Peers to begin with (`x.pe`), each `host:port`, an IPv6 address in brackets. */
  readonly peers: readonly string[];
  /** URLs of web servers that have the data (`ws`, BEP 19), as they stand in the link. */
  readonly webSeeds?: readonly string[];
  /** The files that are wanted, as numbers and ranges of them (`so`, BEP 53); all if it is absent. */
  readonly selectOnly?: string;
  /** Bytes of all files together (`xl`). */
  readonly length?: number;
}

/** A text is not a magnet link of a torrent. */
export class MagnetError extends SyntaxError {
  /** The name of the class, for messages. */
  override name = "MagnetError";

  /** Makes the error of what is wrong. */
  constructor(
    /** What is wrong with the link, in a clause. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot read magnet link: ${reason}`, options);
  }
}

const BTIH = /^urn:btih:(?:([0-9a-f]{40})|([a-z2-7]{32}))$/i;
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const PEER = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+):([0-9]{1,5})$/i;

/**
 * Reads a magnet link of a torrent (BEP 9), with the info-hash in hexadecimal or base 32. Parameters
 * of other names are left alone.
 *
 * @example
 * ```ts
 * import { parseMagnet } from "./mod.ts";
 *
 * const link = parseMagnet("magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&dn=mv1.mp4");
 * if (link.name !== "mv1.mp4") throw new Error("another name");
 * ```
 *
 * @throws {MagnetError} if it is anything else, or its name is not safe
 */
export function parseMagnet(text: string): MagnetLink {
  if (text.length > MAX_MAGNET_LENGTH) {
    throw new MagnetError(`it is longer than ${MAX_MAGNET_LENGTH} characters`);
  }
  if (!/^magnet:\?/i.test(text)) throw new MagnetError('it does not begin with "magnet:?"');
  const parameters = new URLSearchParams(text.slice(text.indexOf("?") + 1));
  const name = parameters.get("dn") || undefined;
  if (name !== undefined) checkMagnetName(name);
  const length = readLength(parameters.get("xl"));
  const webSeeds = valuesOf(parameters, "ws");
  const selectOnly = parameters.get("so") || undefined;
  return {
    infoHash: readInfoHash(valuesOf(parameters, "xt")),
    ...(name !== undefined && { name }),
    trackers: valuesOf(parameters, "tr"),
    peers: valuesOf(parameters, "x.pe").map(checkPeer),
    ...(webSeeds.length > 0 && { webSeeds }),
    ...(selectOnly !== undefined && { selectOnly }),
    ...(length !== undefined && { length }),
  };
}

/** Writes a magnet link, which {@linkcode parseMagnet} reads. */
export function formatMagnet(link: MagnetLink): string {
  const parameters = [`xt=urn:btih:${link.infoHash}`];
  if (link.name !== undefined) parameters.push(`dn=${encodeURIComponent(link.name)}`);
  if (link.length !== undefined) parameters.push(`xl=${link.length}`);
  for (const url of link.trackers) parameters.push(`tr=${encodeURIComponent(url)}`);
  for (const url of link.webSeeds ?? []) parameters.push(`ws=${encodeURIComponent(url)}`);
  if (link.selectOnly !== undefined) parameters.push(`so=${encodeURIComponent(link.selectOnly)}`);
  // Written as they are: not every program decodes the value of x.pe.
  for (const peer of link.peers) parameters.push(`x.pe=${peer}`);
  return `magnet:?${parameters.join("&")}`;
}

/** The values of a parameter that are not empty, `NAME.1` and so on included. */
function valuesOf(parameters: URLSearchParams, name: string): string[] {
  const values: string[] = [];
  for (const [key, value] of parameters) {
    if (value !== "" && key.replace(/\.[0-9]+$/, "") === name) values.push(value);
  }
  return values;
}

function readInfoHash(topics: string[]): InfoHash {
  const found = new Set<InfoHash>();
  for (const topic of topics) {
    const [, hex, base32] = BTIH.exec(topic) ?? [];
    const digits = hex ?? (base32 && hexOfBase32(base32));
    if (digits) found.add(infoHashFromHex(digits));
    else if (/^urn:btih:/i.test(topic)) {
      throw new MagnetError(
        `info-hash ${quoteText(topic.slice(9))} has not 40 hexadecimal digits or 32 of base 32`,
      );
    }
  }
  const [infoHash] = found;
  if (infoHash !== undefined && found.size === 1) return infoHash;
  if (found.size > 1) throw new MagnetError(`it names ${found.size} torrents, must name one`);
  if (topics.some((topic) => /^urn:btmh:/i.test(topic))) {
    throw new MagnetError(
      "it is BitTorrent v2 only, it needs the info-hash of a v1 or hybrid torrent",
    );
  }
  throw new MagnetError('it has no info-hash, which "xt=urn:btih:" and 40 hexadecimal digits give');
}

/** 160 bits, from 5 a digit to 4 a digit. */
function hexOfBase32(text: string): string {
  let bits = 0n;
  for (const digit of text.toLowerCase()) bits = bits * 32n + BigInt(BASE32.indexOf(digit));
  return bits.toString(16).padStart(40, "0");
}

function readLength(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  const length = /^[0-9]+$/.test(text) ? Number(text) : NaN;
  if (length <= MAX_TOTAL_LENGTH) return length;
  throw new MagnetError(`length ${quoteText(text)} is not a number from 0 to ${MAX_TOTAL_LENGTH}`);
}

function checkMagnetName(name: string): void {
  try {
    checkName(name);
  } catch (cause) {
    if (cause instanceof UnsafePathError) throw new MagnetError(cause.reason, { cause });
    throw cause;
  }
}

function checkPeer(peer: string): string {
  const port = Number(PEER.exec(peer)?.[1] ?? 0);
  if (port >= 1 && port <= 65535) return peer;
  throw new MagnetError(`peer ${quoteText(peer)} is not host:port with a port from 1 to 65535`);
}

import type { InfoHash } from "../../../bytes/mod.ts";
import { formatMagnet } from "../../../metainfo/mod.ts";
import type { NamedSwarm } from "../entries.ts";

/** Bytes that move in a second. */
export interface Flow {
  /** Bytes fetched of others. */
  readonly downRate: number;
  /** Bytes sent to others. */
  readonly upRate: number;
}

/** Nothing moves, or nobody looks. */
export const STILL: Flow = { downRate: 0, upRate: 0 };

/** A torrent and its swarm in numbers, as the API shows them. */
export interface ShownFile extends Flow {
  readonly infoHash: InfoHash;
  /** Its name; the text of a stranger unless the torrent is published. */
  readonly name: string;
  /** Bytes of all its files. */
  readonly length: number;
  /** Bytes of each piece but the last. */
  readonly pieceLength: number;
  readonly pieceCount: number;
  /** Whether its metainfo is there; before that, name and shape are what its first holder claims. */
  readonly state: "published" | "claimed";
  readonly seeders: number;
  readonly leechers: number;
  /** How often a member has come to hold everything. */
  readonly completions: number;
  /** Copies that the members hold together; 2.5 is two, and half of the pieces of a third one. */
  readonly copies: number;
}

/** A {@linkcode ShownFile} for a visitor, who can fetch it by the link. */
export interface LinkedFile extends ShownFile {
  /** The magnet link, with the announce URLs of this tracker. */
  readonly magnet: string;
}

/** What the API shows of a swarm. */
export function shownFile(swarm: NamedSwarm, flow: Flow = STILL): ShownFile {
  const { infoHash, torrent: { state, shape }, pieceCount, seeders, leechers, completions } = swarm;
  const { name, length, pieceLength } = shape;
  return {
    ...{ infoHash, name, length, pieceLength, pieceCount, state, seeders, leechers, completions },
    copies: swarm.copies / 1000,
    downRate: flow.downRate,
    upRate: flow.upRate,
  };
}

/** Adds the magnet link. */
export function linkFile(file: ShownFile, trackers: readonly string[]): LinkedFile {
  const { infoHash, name, length } = file;
  // Half a surrogate pair has no UTF-8, so no escape either.
  const link = { infoHash, name: name.toWellFormed(), length, trackers, peers: [] };
  return { ...file, magnet: formatMagnet(link) };
}

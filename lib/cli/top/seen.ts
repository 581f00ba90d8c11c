import type { InfoHash, PeerId } from "../../bytes/mod.ts";
import type { CatalogueEntry } from "../../tracker/mod.ts";
import type { MapCells } from "./availability.ts";

/** What is seen of a peer of a swarm. */
export interface SeenPeer {
  /** Its name on the wire. */
  readonly id: PeerId;
  /** Where it listens. */
  readonly address: string;
  /** Its client, as it says itself; hostile text. */
  readonly client: string;
  /** What it holds; `undefined` if the tracker does not know. */
  readonly held: { readonly count: number; readonly map: MapCells } | undefined;
  /** Bytes that it has sent and received, as it says itself. */
  readonly uploaded: number;
  /** Bytes that it has received. */
  readonly downloaded: number;
  /** Bytes a second that it sends, from the differences of what it says. */
  readonly upRate: number;
  /** Bytes a second that it receives. */
  readonly downRate: number;
  /** Seconds until it has all, at that rate; `null` if that cannot be said. */
  readonly secondsLeft: number | null;
}

/** What is seen of a swarm. */
export interface SeenSwarm {
  /** Its peers, or the first of them. */
  readonly peers: readonly SeenPeer[];
  /** How many peers there are. */
  readonly total: number;
  /** How many pieces there are. */
  readonly pieceCount: number;
  /** The copies of the rarest piece of each cell of a map, among those peers. */
  readonly copies: readonly number[];
  /** Bytes a second that those peers receive. */
  readonly downRate: number;
}

/** How it stands with the tracker. */
export type Contact =
  | { readonly state: "connected" }
  | { readonly state: "lost"; readonly reason: string };

/** All that is seen of a tracker. */
export interface Seen {
  /** What the tracker is called. */
  readonly tracker: string;
  /** Whether it is there; what else is seen is what was seen of it last. */
  readonly contact: Contact;
  /** Its catalogue. */
  readonly files: readonly CatalogueEntry[];
  /** Peers that it knows. */
  readonly peerCount: number;
  /** The swarms that were looked at. */
  readonly swarms: ReadonlyMap<InfoHash, SeenSwarm>;
}

/** The sums over a catalogue. */
export interface Totals {
  readonly files: number;
  readonly bytes: number;
  readonly peers: number;
  readonly seeders: number;
  readonly leechers: number;
  /** Bytes a second, in the swarms that were looked at. */
  readonly downRate: number;
}

/** Sums up what is seen. */
export function totalsOf({ files, peerCount, swarms }: Seen): Totals {
  const sum = (of: (file: CatalogueEntry) => number): number =>
    files.reduce((sum, file) => sum + of(file), 0);
  return {
    files: files.length,
    bytes: sum(({ length }) => length),
    peers: peerCount,
    seeders: sum(({ seeders }) => seeders),
    leechers: sum(({ leechers }) => leechers),
    downRate: sum(({ infoHash }) => swarms.get(infoHash)?.downRate ?? 0),
  };
}

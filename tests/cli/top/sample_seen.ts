import { type InfoHash, infoHashFromHex, peerIdFromBytes } from "../../../lib/bytes/mod.ts";
import type { Seen, SeenPeer, SeenSwarm } from "../../../lib/cli/top/seen.ts";
import type { CatalogueEntry } from "../../../lib/tracker/mod.ts";

/** Names as nobody should choose them. */
export const STRANGE_NAMES = [
  "",
  "a\x1b[2J\n\u202e\u200b.mp4",
  "\u8b1b\u7fa9\u30d3\u30c7\u30aa \u{1f3ac} \u{1f468}\u200d\u{1f469}\u200d\u{1f467}.mp4",
  "x".repeat(240),
];

/** The info-hash of a number. */
export function hashOf(number: number): InfoHash {
  return infoHashFromHex(number.toString(16).padStart(40, "0"));
}

/** A file of the catalogue; its info-hash is that of the number. */
export function sampleFile(number: number, changes: Partial<CatalogueEntry> = {}): CatalogueEntry {
  return {
    infoHash: hashOf(number),
    name: `film ${number}.bin`,
    length: 20 * 1024 * 1024,
    pieceLength: 524_288,
    pieces: 40,
    seeders: 1,
    leechers: 2,
    completions: 0,
    availability: 1_250,
    state: "published",
    ...changes,
  };
}

/** A peer that holds a quarter. */
export function samplePeer(number: number, changes: Partial<SeenPeer> = {}): SeenPeer {
  const map = new Uint8Array(40);
  map.fill(255, 0, 10);
  return {
    id: peerIdFromBytes(new Uint8Array(20).fill(number)),
    address: `192.0.2.${number}:6881`,
    client: "Sluice 0.1.0",
    held: { count: 10, map },
    uploaded: 5_000,
    downloaded: 5 * 1024 * 1024,
    upRate: 1_024,
    downRate: 500 * 1_024,
    secondsLeft: 31,
    ...changes,
  };
}

/** A swarm of these peers. */
export function sampleSwarm(peers: readonly SeenPeer[]): SeenSwarm {
  const copies = Array.from({ length: 40 }, (_, piece) => piece < 10 ? 2 : 1);
  const downRate = peers.reduce((sum, peer) => sum + peer.downRate, 0);
  return { peers, total: peers.length, pieceCount: 40, copies, downRate };
}

/** What is seen of a tracker that knows these files, of which the first has these peers. */
export function sampleSeen(
  files: readonly CatalogueEntry[],
  peers: readonly SeenPeer[] = [],
  changes: Partial<Seen> = {},
): Seen {
  const [first] = files;
  return {
    tracker: "192.0.2.9:6789",
    contact: { state: "connected" },
    files,
    peerCount: 3,
    swarms: new Map(first === undefined ? [] : [[first.infoHash, sampleSwarm(peers)]]),
    ...changes,
  };
}

import type { Bitfield } from "../bytes/mod.ts";
import { formatAddress } from "../net/mod.ts";
import type { PeerStatus, TorrentStatus } from "../peer/mod.ts";
import { sharesOf } from "./chunk_map.ts";
import { counted } from "./counted.ts";
import { describeWait } from "./disk_news.ts";
import { printable } from "./printable.ts";
import type { SwarmNumbers } from "./swarm_watch.ts";
import { formatBytes, formatDuration, formatRate } from "./units.ts";

/** Cells of a chunk map for programs at most. */
const REPORTED_CELLS = 512;

/** What progress is told of. */
export type Progress =
  & Pick<
    TorrentStatus,
    "name" | "infoHash" | "length" | "heldBytes" | "held" | "wantedCount" | "downRate" | "upRate"
  >
  & Partial<Pick<TorrentStatus, "obstacle" | "motion">>
  & { readonly peers: { readonly length: number } };

/** How a download goes, for programs: all that a terminal shows of it. */
export function progressReport(
  status: TorrentStatus,
): { readonly type: "progress" } & Record<string, unknown> {
  const { name, infoHash, heldBytes, length, held, downRate, obstacle } = status;
  return {
    type: "progress",
    name,
    infoHash,
    bytes: heldBytes,
    length,
    chunks: held.count,
    chunkCount: status.wantedCount,
    downRate: Math.round(downRate),
    upRate: Math.round(status.upRate),
    downloaded: status.downloaded,
    uploaded: status.uploaded,
    secondsLeft: secondsOf(status),
    ...(obstacle !== undefined && { waits: obstacle.problem }),
    ...(isPaused(status) && { paused: true }),
    peers: status.peers.length,
    peerList: status.peers.map(reportPeer),
    map: mapOf(held),
  };
}

/** How the serving of a torrent goes, for programs: all that a terminal shows of it. */
export function servingReport(
  status: TorrentStatus,
  swarm: SwarmNumbers | undefined,
): { readonly type: "upload" } & Record<string, unknown> {
  return {
    type: "upload",
    name: status.name,
    infoHash: status.infoHash,
    bytes: status.heldBytes,
    length: status.length,
    upRate: Math.round(status.upRate),
    uploaded: status.uploaded,
    ...(isPaused(status) && { paused: true }),
    peers: status.peers.length,
    peerList: status.peers.map(reportPeer),
    map: mapOf(status.held),
    ...(swarm !== undefined && { swarm }),
  };
}

/** How the serving of a torrent goes, as a line of a log. */
export function servingLine(status: TorrentStatus): string {
  const { name, upRate, uploaded } = status;
  return `${printable(name)}: ${formatRate(upRate)} up, ${formatBytes(uploaded)} sent, ` +
    countPeers(status) + (isPaused(status) ? ", paused" : "");
}

/** Whether somebody has paused it, as one can on the page of a peer. */
export function isPaused({ motion }: Pick<Progress, "motion">): boolean {
  return motion === "suspended";
}

function reportPeer(peer: PeerStatus): Record<string, unknown> {
  return {
    address: formatAddress(peer.address),
    client: peer.client,
    chunks: peer.heldCount,
    downRate: Math.round(peer.downRate),
    upRate: Math.round(peer.upRate),
  };
}

/** The chunk map in base64: a byte for each part of the chunks, 255 only where all of it is held. */
function mapOf(held: Bitfield): string {
  const shares = sharesOf(held, Math.min(REPORTED_CELLS, held.length));
  return btoa(String.fromCharCode(...shares.map((share) => Math.floor(share * 255))));
}

/** How long the rest takes at the present rate; `null` if nothing arrives. */
function secondsOf({ length, heldBytes, downRate }: TorrentStatus): number | null {
  if (heldBytes >= length) return 0;
  return downRate > 0 ? Math.round((length - heldBytes) / downRate) : null;
}

/** How a download goes, as a line of a log. */
export function progressLine(progress: Progress): string {
  const { name, held, wantedCount, downRate } = progress;
  return `${printable(name)}: ${percentOf(progress)}%, ${held.count} of ${wantedCount} chunks, ` +
    `${formatRate(downRate)}, ${countPeers(progress)}, ${timeLeft(progress)}`;
}

/** How much is there, in whole percent. */
export function percentOf({ length, heldBytes }: Progress): number {
  return length === 0 ? 100 : Math.floor(heldBytes * 100 / length);
}

/** How many peers there are, in words. */
export function countPeers({ peers }: Pick<Progress, "peers">): string {
  return counted(peers.length, "peer");
}

/** How long the rest takes at the present rate, or why nothing comes: what it waits for, or a pause. */
export function timeLeft(progress: Progress): string {
  const { length, heldBytes, downRate, obstacle } = progress;
  if (isPaused(progress)) return "paused";
  if (obstacle !== undefined) return describeWait(obstacle);
  return `${formatDuration((length - heldBytes) / downRate)} left`;
}

import type { TorrentStatus } from "../peer/mod.ts";
import { describeWait } from "./disk_news.ts";
import { printable } from "./printable.ts";
import { formatDuration, formatRate } from "./units.ts";

/** What progress is told of. */
export type Progress =
  & Pick<
    TorrentStatus,
    "name" | "infoHash" | "length" | "heldBytes" | "held" | "wantedCount" | "downRate" | "upRate"
  >
  & Partial<Pick<TorrentStatus, "obstacle">>
  & { readonly peers: { readonly length: number } };

/** How a download goes, for programs. */
export function progressReport(
  progress: Progress,
): { readonly type: "progress" } & Record<string, unknown> {
  return {
    type: "progress",
    name: progress.name,
    infoHash: progress.infoHash,
    bytes: progress.heldBytes,
    length: progress.length,
    chunks: progress.held.count,
    chunkCount: progress.wantedCount,
    downRate: Math.round(progress.downRate),
    upRate: Math.round(progress.upRate),
    peers: progress.peers.length,
  };
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
export function countPeers({ peers }: Progress): string {
  return peers.length === 1 ? "1 peer" : `${peers.length} peers`;
}

/** How long the rest takes at the present rate, or what it waits for. */
export function timeLeft({ length, heldBytes, downRate, obstacle }: Progress): string {
  if (obstacle !== undefined) return describeWait(obstacle);
  return `${formatDuration((length - heldBytes) / downRate)} left`;
}

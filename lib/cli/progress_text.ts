import type { TorrentStatus } from "../peer/mod.ts";
import { drawChunkMap } from "./chunk_map.ts";
import { fitText, widthOf } from "./fit_text.ts";
import { printable } from "./printable.ts";
import { formatBytes, formatDuration, formatRate } from "./units.ts";

/** What progress is told of. */
export type Progress =
  & Pick<
    TorrentStatus,
    "name" | "infoHash" | "length" | "heldBytes" | "held" | "wantedCount" | "downRate" | "upRate"
  >
  & { readonly peers: { readonly length: number } };

/** Cells of a chunk map that are too few to show anything, and those that are enough. */
const MAP_CELLS = { min: 10, max: 50 };

/** Cells of a name that are too few to know it by, and those that are enough. */
const NAME_CELLS = { min: 8, max: 30 };

/** The gap between two parts of a bar. */
const GAP = "  ";

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
    `${formatRate(downRate)}, ${countPeers(progress)}, ${timeLeft(progress)} left`;
}

/**
 * How a download goes, as a line of at most so many cells: name, chunk map, percent, size, rate,
 * peers, time left. Where there is no room for all, the less important parts are left out.
 */
export function progressBar(progress: Progress, columns: number): string {
  const name = printable(progress.name);
  let room = columns - 1 - Math.min(widthOf(name), NAME_CELLS.min);
  function hasRoomFor(cells: number): boolean {
    if (cells > room) return false;
    room -= cells;
    return true;
  }
  const facts = {
    percent: `${percentOf(progress)}%`.padStart(4),
    size: `${formatBytes(progress.heldBytes)} of ${formatBytes(progress.length)}`,
    rate: formatRate(progress.downRate),
    peers: countPeers(progress),
    left: `${timeLeft(progress)} left`,
  };
  const shown = new Set<string>();
  const mapCells = Math.min(MAP_CELLS.min, progress.held.length);
  let map = 0;
  for (const part of ["percent", "rate", "left", "map", "peers", "size"] as const) {
    if (part === "map") map = mapCells > 0 && hasRoomFor(mapCells + 1) ? mapCells : 0;
    else if (hasRoomFor(GAP.length + facts[part].length)) shown.add(part);
  }
  const nameCells = Math.min(widthOf(name), NAME_CELLS.max, NAME_CELLS.min + Math.max(0, room));
  room -= Math.max(0, nameCells - NAME_CELLS.min);
  if (map > 0) map = Math.min(MAP_CELLS.max, map + Math.max(0, room));
  return [
    [fitText(name, nameCells), ...(map > 0 ? [drawChunkMap(progress.held, map)] : [])].join(" "),
    ...Object.entries(facts).filter(([part]) => shown.has(part)).map(([, text]) => text),
  ].join(GAP);
}

function percentOf({ length, heldBytes }: Progress): number {
  return length === 0 ? 100 : Math.floor(heldBytes * 100 / length);
}

function countPeers({ peers }: Progress): string {
  return peers.length === 1 ? "1 peer" : `${peers.length} peers`;
}

function timeLeft({ length, heldBytes, downRate }: Progress): string {
  return formatDuration((length - heldBytes) / downRate);
}

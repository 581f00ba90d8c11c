import { drawChunkMap } from "./chunk_map.ts";
import { fitText, widthOf } from "./fit_text.ts";
import { printable } from "./printable.ts";
import { countPeers, percentOf, type Progress, timeLeft } from "./progress_text.ts";
import { formatBytes, formatRate } from "./units.ts";

/** Cells of a chunk map that are too few to show anything, and those that are enough. */
const MAP_CELLS = { min: 10, max: 50 };

/** Cells of a name that are too few to know it by, and those that are enough. */
const NAME_CELLS = { min: 8, max: 30 };

/** The gap between two parts of a bar. */
const GAP = "  ";

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
    left: timeLeft(progress),
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

import { cellCountOf, cellStart } from "../../../web/mod.ts";
import { MAX_MAP_CELLS } from "../../api_limits.ts";
import type { Swarm } from "../../swarm/mod.ts";

/** How often each part of a torrent is there: copies of the rarest piece of each cell, up to 255. */
export function availabilityCells(swarm: Swarm): Uint8Array<ArrayBuffer> {
  const count = cellCountOf(swarm.pieceCount, MAX_MAP_CELLS);
  const cells = new Uint8Array(count);
  for (let cell = 0; cell < count; cell++) {
    const from = cellStart(cell, count, swarm.pieceCount);
    const to = cellStart(cell + 1, count, swarm.pieceCount);
    cells[cell] = Math.min(255, swarm.copiesIn(from, to));
  }
  return cells;
}

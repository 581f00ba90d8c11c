import type { Bitfield } from "../bytes/mod.ts";

const LEVELS = ["\u00b7", "\u2591", "\u2592", "\u2593", "\u2588"];

/** Draws which chunks are held, in at most `width` cells; a cell of several chunks is shaded. */
export function drawChunkMap(held: Bitfield, width: number): string {
  const cells = Math.min(width, held.length);
  let map = "";
  for (let cell = 0; cell < cells; cell++) {
    const start = Math.floor(cell * held.length / cells);
    const end = Math.floor((cell + 1) * held.length / cells);
    let count = 0;
    for (let index = start; index < end; index++) if (held.has(index)) count++;
    const share = count / (end - start);
    const level = share === 0 ? 0 : share === 1 ? 4 : 1 + Math.min(2, Math.floor(share * 3));
    map += LEVELS[level];
  }
  return map;
}

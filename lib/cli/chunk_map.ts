import type { Bitfield } from "../bytes/mod.ts";

const LEVELS = ["\u00b7", "\u2591", "\u2592", "\u2593", "\u2588"];

/** Draws which chunks are held, in at most `width` cells; a cell of several chunks is shaded. */
export function drawChunkMap(held: Bitfield, width: number): string {
  return drawShares(sharesOf(held, Math.min(width, held.length)));
}

/** Draws which chunks are held, in exactly `width` cells: of few chunks each takes several. */
export function drawChunkBar(held: Bitfield, width: number): string {
  if (held.length === 0) return drawShares(Array.from({ length: width }, () => 1));
  if (held.length >= width) return drawChunkMap(held, width);
  return drawShares(stretch(sharesOf(held, held.length), width));
}

/** Draws shares from 0 to 1, each as a cell; one that is not 0 does not look like 0, nor like 1. */
export function drawShares(shares: readonly number[]): string {
  return shares.map((share) => {
    const level = share <= 0 ? 0 : share >= 1 ? 4 : 1 + Math.min(2, Math.floor(share * 3));
    return LEVELS[level];
  }).join("");
}

/** The share of chunks that is held in each of so many parts, none of which may be empty. */
export function sharesOf(held: Bitfield, parts: number): number[] {
  return Array.from({ length: parts }, (_, part) => {
    const start = Math.floor(part * held.length / parts);
    const end = Math.floor((part + 1) * held.length / parts);
    let count = 0;
    for (let index = start; index < end; index++) if (held.has(index)) count++;
    return count / (end - start);
  });
}

/** Makes more parts of few; there must be one. */
export function stretch<T>(parts: readonly T[], length: number): T[] {
  return Array.from(
    { length },
    (_, at) => parts[Math.floor(at * parts.length / length)] as T,
  );
}

import type { Bitfield } from "../bytes/mod.ts";

/** A cell of a map that has changed: which one, and its value now. */
export type ChangedCell = readonly [index: number, value: number];

/**
 * Draws a bitfield as a map: its bits in order, cut into as many equal parts as there are bits, or as
 * `maxCells` says. Each cell is `floor(255 * set / bits in the cell)`, so that only a whole one is 255.
 */
export function cellsOf(bitfield: Bitfield, maxCells: number): Uint8Array<ArrayBuffer> {
  const count = cellCountOf(bitfield.length, maxCells);
  const cells = new Uint8Array(count);
  for (let cell = 0; cell < count; cell++) {
    const from = cellStart(cell, count, bitfield.length);
    const to = cellStart(cell + 1, count, bitfield.length);
    cells[cell] = Math.floor(255 * bitfield.countIn(from, to) / (to - from));
  }
  return cells;
}

/** How many cells a map of a number of pieces has. */
export function cellCountOf(pieceCount: number, maxCells: number): number {
  return Math.min(pieceCount, maxCells);
}

/** The first piece of a cell; of the one behind the last, the number of pieces. */
export function cellStart(cell: number, cellCount: number, pieceCount: number): number {
  return Math.floor(cell * pieceCount / cellCount);
}

/** The cells that differ from those of an earlier map of as many. */
export function changedCells(before: Uint8Array, after: Uint8Array): ChangedCell[] {
  const changed: ChangedCell[] = [];
  for (let cell = 0; cell < after.length; cell++) {
    const value = after[cell]!;
    if (value !== before[cell]) changed.push([cell, value]);
  }
  return changed;
}

/** Writes a map in base 64 (RFC 4648, section 4). */
export function encodeCells(cells: Uint8Array): string {
  let binary = "";
  for (const cell of cells) binary += String.fromCharCode(cell);
  return btoa(binary);
}

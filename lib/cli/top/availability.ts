/** Cells of a map that is kept of a torrent; more are not seen on any screen. */
export const MAP_CELLS = 512;

/** How full each cell of a map is: 255 only where every piece of it is held. */
export type MapCells = Uint8Array<ArrayBuffer>;

/** Counts the copies of each piece that the peers of a swarm hold together. */
export class CopyCounter {
  readonly #copies: Uint32Array;
  #whole = 0;

  /** Makes a counter for a torrent of so many pieces. */
  constructor(pieceCount: number) {
    this.#copies = new Uint32Array(pieceCount);
  }

  /** Counts a peer that holds every piece. */
  addWhole(): void {
    this.#whole++;
  }

  /** Counts a peer that holds those of a bitfield as it stands on the wire. */
  add(held: Uint8Array): void {
    const copies = this.#copies;
    for (let index = 0; index < copies.length; index++) {
      copies[index]! += ((held[index >> 3] ?? 0) >> (7 - (index & 7))) & 1;
    }
  }

  /** The copies of the rarest piece of each cell. */
  get cells(): number[] {
    const pieces = this.#copies.length;
    const length = Math.min(MAP_CELLS, pieces);
    return Array.from({ length }, (_, cell) => {
      const start = Math.floor(cell * pieces / length);
      const end = Math.floor((cell + 1) * pieces / length);
      return this.#whole + leastOf(this.#copies.subarray(start, end));
    });
  }
}

/** The least of some numbers, of which there may be more than a call has arguments. */
function leastOf(numbers: Iterable<number>): number {
  let least = Infinity;
  for (const number of numbers) least = Math.min(least, number);
  return least;
}

/** The levels of availability, from none to the most that there is. */
const LEVELS = "\u00b7\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588";

/** Draws the copies of each cell in so many cells: the higher, the more; a dot where there is none. */
export function drawAvailability(cells: readonly number[], width: number): string {
  const most = Math.max(1, ...cells);
  return rarest(cells, width).map((copies) =>
    LEVELS[copies === 0 ? 0 : Math.max(1, Math.round(copies * 8 / most))]
  ).join("");
}

/** Makes so many cells of others, of which each has the least of those that it is made of. */
function rarest(cells: readonly number[], width: number): number[] {
  if (cells.length === 0) return [];
  return Array.from({ length: width }, (_, at) => {
    const start = Math.floor(at * cells.length / width);
    const end = Math.max(start + 1, Math.floor((at + 1) * cells.length / width));
    return Math.min(...cells.slice(start, end));
  });
}

/** Brings the cells of a map to another width, as shares from 0 to 1. */
export function sharesOfCells(cells: MapCells, width: number): number[] {
  if (cells.length === 0) return Array.from({ length: width }, () => 1);
  return Array.from({ length: width }, (_, at) => {
    const start = Math.floor(at * cells.length / width);
    const end = Math.max(start + 1, Math.floor((at + 1) * cells.length / width));
    const part = cells.subarray(start, end);
    return part.reduce((sum, share) => sum + share, 0) / (255 * part.length);
  });
}

// @ts-check

/** The value of a cell all of whose chunks are held. */
export const WHOLE = 255;

/**
 * Takes the cells of a chunk map out of their text form (base64, RFC 4648, 4); none, if it is malformed.
 *
 * @param {string | null | undefined} text
 * @returns {Uint8Array}
 */
export function decodeCells(text) {
  try {
    const bytes = atob(text ?? "");
    return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
  } catch {
    // What is not base64 has no cells to show.
    return new Uint8Array();
  }
}

/**
 * Changes some cells of a map in place; those that it does not have are left out.
 *
 * @param {Uint8Array} cells
 * @param {readonly (readonly [number, number])[]} changes pairs of index and value
 */
export function changeCells(cells, changes) {
  for (const [index, value] of changes) {
    if (index >= 0 && index < cells.length) cells[index] = value;
  }
}

/**
 * The chunks of a cell: the first, and the one after its last.
 *
 * @param {number} index
 * @param {number} cellCount
 * @param {number} pieceCount
 * @returns {[first: number, end: number]}
 */
export function chunksOfCell(index, cellCount, pieceCount) {
  const first = Math.floor((index * pieceCount) / cellCount);
  return [first, Math.max(first + 1, Math.floor(((index + 1) * pieceCount) / cellCount))];
}

/**
 * The columns of a drawing, from the left: each has the mean of the cells below it, and is whole (255) or
 * empty (0) only if all of them are. Where there are fewer cells than columns, neighbours are equal.
 *
 * @param {Uint8Array} cells
 * @param {number} width in columns
 * @returns {Uint8Array}
 */
export function columnsOf(cells, width) {
  const columns = new Uint8Array(width);
  const count = cells.length;
  if (count === 0) return columns;
  for (let x = 0; x < width; x++) {
    const first = Math.floor((x * count) / width);
    const end = Math.max(first + 1, Math.floor(((x + 1) * count) / width));
    let sum = 0;
    for (let at = first; at < end; at++) sum += cells[at] ?? 0;
    const mean = sum / (end - first);
    columns[x] = mean > 0 && mean < WHOLE ? Math.min(WHOLE - 1, Math.max(1, mean)) : mean;
  }
  return columns;
}

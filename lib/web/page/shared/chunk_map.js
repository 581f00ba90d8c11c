import { html, useState } from "htm/preact/standalone";
import { Canvas } from "./canvas.js";
import { chunksOfCell, columnsOf, WHOLE } from "./cells.js";
import { formatCount, formatShare, formatThings } from "./format.js";
import { colour } from "./theme.js";

/** Cells at least so wide, in pixels of the style sheet, are drawn apart from each other. */
const APART_FROM = 5;

/**
 * Draws runs of equal columns.
 *
 * @param {Uint8Array} columns
 * @param {(value: number, x: number, width: number) => void} drawRun
 */
function drawRuns(columns, drawRun) {
  for (let x = 0; x < columns.length;) {
    let end = x + 1;
    while (end < columns.length && columns[end] === columns[x]) end++;
    drawRun(columns[x], x, end - x);
    x = end;
  }
}

/**
 * Draws who holds what: cells that are held whole, in part, and not at all differ in colour; a cell in
 * part is the fuller the more of it is held.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Uint8Array} cells
 * @param {{width: number, height: number, scale: number}} size
 */
export function drawChunkMap(context, cells, { width, height, scale }) {
  context.fillStyle = colour("chunk-none");
  context.fillRect(0, 0, width, height);
  drawRuns(columnsOf(cells, width), (value, x, run) => {
    if (value === 0) return;
    const isWhole = value === WHOLE;
    context.fillStyle = colour(isWhole ? "chunk-whole" : "chunk-part");
    const part = isWhole ? height : Math.max(scale, Math.round((height * value) / WHOLE));
    context.fillRect(x, height - part, run, part);
  });
  drawGaps(context, cells.length, { width, height, scale });
}

/**
 * Draws how many have the rarest chunk of each cell, as columns of that height; what nobody has, in the
 * colour of what is wrong, in full height.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Uint8Array} cells
 * @param {{width: number, height: number, scale: number}} size
 */
export function drawAvailability(context, cells, { width, height, scale }) {
  const most = Math.max(1, ...cells);
  context.fillStyle = colour("chunk-none");
  context.fillRect(0, 0, width, height);
  const count = cells.length;
  for (let at = 0; at < count; at++) {
    const x = Math.round((at * width) / count);
    const run = Math.max(1, Math.round(((at + 1) * width) / count) - x);
    const copies = cells[at];
    context.fillStyle = colour(copies === 0 ? "chunk-missing" : "chunk-whole");
    const part = copies === 0 ? height : Math.max(2 * scale, Math.round((height * copies) / most));
    context.fillRect(x, height - part, run, part);
  }
  drawGaps(context, count, { width, height, scale });
}

function drawGaps(context, count, { width, height, scale }) {
  if (width / count < APART_FROM * scale) return;
  context.fillStyle = colour("surface");
  const line = Math.max(1, Math.round(scale));
  for (let at = 1; at < count; at++) {
    context.fillRect(Math.round((at * width) / count), 0, line, height);
  }
}

const FULL = Uint8Array.of(WHOLE);
const EMPTY = new Uint8Array();

/**
 * The chunk map of one who holds something.
 *
 * @param {{
 *   cells?: Uint8Array, version: number, heldCount: number, pieceCount: number,
 *   holding?: "complete" | "unknown" | "some", className?: string,
 * }} props
 */
export function ChunkMap({ cells, version, heldCount, pieceCount, holding = "some", className }) {
  const shown = holding === "complete" ? FULL : holding === "unknown" ? EMPTY : cells ?? EMPTY;
  const label = holding === "unknown"
    ? "It is not known which chunks are held"
    : `${formatCount(heldCount)} of ${formatThings(pieceCount, "chunk")} held, ${
      formatShare(heldCount, pieceCount)
    }`;
  return html`
    <${Canvas}
      className=${`chunk-map ${holding === "unknown" ? "is-unknown" : ""} ${className ?? ""}`}
      label=${label}
      title=${label}
      version=${`${version} ${holding} ${pieceCount}`}
      draw=${(context, width, height, scale) =>
        holding !== "unknown" && drawChunkMap(context, shown, { width, height, scale })}
    />
  `;
}

/**
 * How many copies there are of the chunks of a file, from the first chunk to the last.
 *
 * @param {{cells: Uint8Array, version: number, pieceCount: number}} props
 */
export function AvailabilityMap({ cells, version, pieceCount }) {
  const [pointed, setPointed] = useState(undefined);
  const fewest = cells.length === 0 ? 0 : Math.min(...cells);
  const most = cells.length === 0 ? 0 : Math.max(...cells);
  const missing = cells.filter((copies) => copies === 0).length;
  const label = cells.length === 0
    ? "No chunk is known to be anywhere"
    : `The rarest chunk has ${copiesText(fewest)}, the most common ${copiesText(most)}`;
  const point = (event) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const at = Math.floor(((event.clientX - left) / width) * cells.length);
    setPointed(at >= 0 && at < cells.length ? at : undefined);
  };
  return html`
    <figure class="availability">
      <${Canvas}
        className="availability-map"
        label=${label}
        version=${version}
        draw=${(context, width, height, scale) =>
          drawAvailability(context, cells, { width, height, scale })}
        onPointerMove=${point}
        onPointerLeave=${() => setPointed(undefined)}
      />
      <figcaption>
        <span>${pointed === undefined ? "Chunk 1" : pointedText(pointed, cells, pieceCount)}</span>
        <span>${missing > 0
          ? "Red: nobody has it"
          : cells.length > 0 && `Rarest chunk: ${copiesText(fewest)}`}</span>
        <span>${formatCount(pieceCount)}</span>
      </figcaption>
    </figure>
  `;
}

function pointedText(at, cells, pieceCount) {
  const [first, end] = chunksOfCell(at, cells.length, pieceCount);
  const chunks = end - first === 1
    ? `Chunk ${formatCount(first + 1)}`
    : `Chunks ${formatCount(first + 1)}\u2013${formatCount(end)}`;
  return `${chunks}: ${end - first === 1 ? "" : "at least "}${copiesText(cells[at])}`;
}

function copiesText(copies) {
  if (copies === 0) return "no copy";
  return copies === WHOLE ? "255 copies or more" : copies === 1 ? "1 copy" : `${copies} copies`;
}

import { fitText, widthOf } from "./fit_text.ts";
import { NO_PAINT, type Paint } from "./paint.ts";

/** The gap between two parts of a line. */
const GAP = "  ";

/** One part of a line. */
export interface LinePart {
  /** What stands there; a part without text is left out. */
  readonly text: string;
  /** The parts with the lowest are the last to be left out where there is little room. */
  readonly rank: number;
  /** Its colour; none by default. */
  readonly tone?: keyof Paint;
}

/**
 * Joins those parts, in their order, for which there is room in so many cells; of the most important
 * one at least the beginning is there.
 */
export function fitParts(
  parts: readonly LinePart[],
  cells: number,
  paint: Paint = NO_PAINT,
): string {
  const shown = new Set<LinePart>();
  const [first, ...others] = parts.filter(({ text }) => text !== "")
    .toSorted((a, b) => a.rank - b.rank);
  if (first === undefined || cells < 1) return "";
  shown.add(first);
  let room = cells - widthOf(first.text);
  for (const part of others) {
    const width = GAP.length + widthOf(part.text);
    if (width > room) continue;
    room -= width;
    shown.add(part);
  }
  return parts.filter((part) => shown.has(part)).map((part) => {
    const text = part === first ? fitText(part.text, cells) : part.text;
    return part.tone === undefined ? text : paint[part.tone](text);
  }).join(GAP);
}

/** The text, cut or filled up with spaces so that it takes so many cells. */
export function padCells(text: string, cells: number, side: "left" | "right" = "left"): string {
  const fitting = fitText(text, Math.max(0, cells));
  const padding = " ".repeat(Math.max(0, cells - widthOf(fitting)));
  return side === "left" ? fitting + padding : padding + fitting;
}

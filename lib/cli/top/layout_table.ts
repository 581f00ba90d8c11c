import { padCells } from "../fit_parts.ts";
import { widthOf } from "../fit_text.ts";
import { NO_PAINT, type Paint } from "../paint.ts";

/** The gap between two columns. */
const GAP = "  ";

/** A column of a table. */
export interface Column<T> {
  /** What stands above it. */
  readonly title: string;
  /** The columns with the lowest are the last to be left out where there is little room. */
  readonly rank: number;
  /** To which side texts are set; the left by default. */
  readonly side?: "right";
  /** Its colour; none by default. */
  readonly tone?: keyof Paint;
  /** The fewest cells that show something, and the most that are of use; as many as the texts by default. */
  readonly cells?: { readonly min: number; readonly max: number };
  /** What stands there: a text, or what fills so many cells. */
  readonly content:
    | { readonly text: (row: T) => string }
    | { readonly draw: (row: T, cells: number) => string };
}

/** A column and the cells that it has. */
interface Placed<T> {
  readonly column: Column<T>;
  readonly most: number;
  width: number;
}

/**
 * Lays rows out in those columns for which there is room in so many cells: texts first, and what fills
 * the rest after them.
 */
export function layoutTable<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  { cells, paint = NO_PAINT }: { readonly cells: number; readonly paint?: Paint },
): { readonly head: string; readonly lines: readonly string[] } {
  const placed = place(columns, rows, cells);
  const line = (of: (placed: Placed<T>) => string): string => placed.map(of).join(GAP);
  return {
    head: line(({ column, width }) => padCells(column.title, width, column.side)),
    lines: rows.map((row) =>
      line(({ column, width }) => {
        const { content, side, tone } = column;
        const text = "text" in content ? content.text(row) : content.draw(row, width);
        const cell = padCells(text, width, side);
        return tone === undefined ? cell : paint[tone](cell);
      })
    ),
  };
}

/** Chooses columns and gives each its cells. */
function place<T>(columns: readonly Column<T>[], rows: readonly T[], cells: number): Placed<T>[] {
  const chosen = new Map<Column<T>, Placed<T>>();
  let room = cells;
  for (const column of columns.toSorted((a, b) => a.rank - b.rank)) {
    const { least, most } = extentOf(column, rows);
    const isFirst = chosen.size === 0;
    const width = isFirst ? Math.max(0, Math.min(least, room)) : least;
    const taken = width + (isFirst ? 0 : GAP.length);
    if (taken > room) continue;
    room -= taken;
    chosen.set(column, { column, most, width });
  }
  const all = [...chosen.values()];
  const texts = all.filter(({ column: { content } }) => "text" in content);
  for (const placed of [...texts, ...all.filter((it) => !texts.includes(it))]) {
    const more = Math.max(0, Math.min(room, placed.most - placed.width));
    placed.width += more;
    room -= more;
  }
  return columns.flatMap((column) => chosen.get(column) ?? []);
}

function extentOf<T>(
  { title, content, cells }: Column<T>,
  rows: readonly T[],
): { readonly least: number; readonly most: number } {
  if ("draw" in content) return { least: cells?.min ?? 1, most: cells?.max ?? 1 };
  const widest = Math.max(widthOf(title), ...rows.map((row) => widthOf(content.text(row))));
  const most = Math.min(widest, cells?.max ?? widest);
  return { least: Math.min(most, cells?.min ?? most), most };
}

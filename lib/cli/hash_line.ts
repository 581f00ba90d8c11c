import type { StorageProgress } from "../storage/mod.ts";
import { fitParts } from "./fit_parts.ts";
import { fitText } from "./fit_text.ts";
import { NO_PAINT, type Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { formatBytes, formatDuration, formatRate } from "./units.ts";

/** Cells of a name that are enough. */
const NAME_CELLS = 40;

/** How far the hashing of something is, as a line of at most so many cells. */
export function hashLine(
  name: string,
  { doneBytes, totalBytes, seconds }: StorageProgress & { readonly seconds: number },
  { cells, paint = NO_PAINT }: { readonly cells: number; readonly paint?: Paint },
): string {
  const rate = doneBytes / seconds;
  const percent = totalBytes === 0 ? 100 : Math.floor(doneBytes * 100 / totalBytes);
  return fitParts(
    [
      { text: "Checking", rank: 3 },
      { text: fitText(printable(name), NAME_CELLS), rank: 1, tone: "strong" },
      { text: `${percent}%`, rank: 0 },
      { text: `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`, rank: 4 },
      { text: formatRate(rate), rank: 5 },
      { text: `${formatDuration((totalBytes - doneBytes) / rate)} left`, rank: 2 },
    ],
    cells,
    paint,
  );
}

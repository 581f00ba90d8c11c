import { MAX_MAGNET_LENGTH } from "./limits.ts";
import { quoteText } from "../bytes/mod.ts";
import { FileSelectionError } from "./select_files.ts";

const RANGE = /^([0-9]{1,10})(?:-([0-9]{1,10}))?$/;

/**
 * Reads which files a magnet link chooses (BEP 53, `so`): numbers and ranges such as `0,2,4-6`, in
 * any order, of a torrent of `fileCount` files that are numbered from 0.
 *
 * @throws {FileSelectionError} if it is anything else, or names a file that there is not
 */
export function parseFileIndices(text: string, fileCount: number): Set<number> {
  if (text.length > MAX_MAGNET_LENGTH) {
    throw new FileSelectionError(`the list is longer than ${MAX_MAGNET_LENGTH} characters`);
  }
  const ranges = text.split(",").map((part) => parseRange(part, fileCount));
  ranges.sort((a, b) => a.first - b.first);
  const indices = new Set<number>();
  let next = 0; // what ranges share is added once, however many they are
  for (const { first, last } of ranges) {
    for (next = Math.max(next, first); next <= last; next++) indices.add(next);
  }
  return indices;
}

/** Writes numbers of files, in order and as few ranges as can be; {@linkcode parseFileIndices} reads it. */
export function formatFileIndices(fileIndices: Iterable<number>): string {
  const ranges: { first: number; last: number }[] = [];
  for (const index of [...new Set(fileIndices)].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range !== undefined && range.last === index - 1) range.last = index;
    else ranges.push({ first: index, last: index });
  }
  return ranges.map(({ first, last }) => first === last ? `${first}` : `${first}-${last}`).join();
}

function parseRange(text: string, fileCount: number): { first: number; last: number } {
  const match = RANGE.exec(text);
  if (match === null) {
    throw new FileSelectionError(
      `${quoteText(text)} is not a number of a file, nor a range of them`,
    );
  }
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  if (last < first) throw new FileSelectionError(`${quoteText(text)} ends before it begins`);
  if (last >= fileCount) {
    throw new FileSelectionError(`there is no file ${last}, there are ${fileCount} from 0`);
  }
  return { first, last };
}

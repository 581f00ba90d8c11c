/** A file of a torrent. */
export interface TorrentFile {
  /** The components of its path below the torrent's name; none if the torrent is that one file. */
  readonly path: readonly string[];
  /** Its length in bytes. */
  readonly length: number;
  /** Where it begins, in bytes from the start of all files joined. */
  readonly offset: number;
  /**
   * `"padding"` if it is only zeros that move the next file to the start of a piece (BEP 47): it
   * counts for offsets and hashes and need not be written. Padding files of one length may share a
   * path.
   */
  readonly role?: "padding";
}

/** Which bytes of all files joined are those of a file. */
export type FileExtent = Pick<TorrentFile, "length" | "offset">;

/** The part of a range of a torrent's data that lies in one file. */
export interface FileSpan {
  /** The file, by its place in the torrent. */
  readonly fileIndex: number;
  /** Where the part begins, in bytes from the start of the file. */
  readonly fileOffset: number;
  /** Its length in bytes, never 0. */
  readonly length: number;
  /** Where the part begins, in bytes from the start of the range. */
  readonly dataOffset: number;
}

/**
 * Finds the parts of files that hold a range of the torrent's data: in order, without a gap, each
 * byte once. `offset` and `length` are bytes in all files joined.
 *
 * @throws {RangeError} if the range is not inside the data
 */
export function fileSpans(
  files: readonly FileExtent[],
  offset: number,
  length: number,
): FileSpan[] {
  const last = files.at(-1);
  const end = offset + length;
  if (!(offset >= 0 && length >= 0 && end <= (last ? last.offset + last.length : 0))) {
    throw new RangeError(`Cannot find ${length} bytes from ${offset}: the data does not hold them`);
  }
  const spans: FileSpan[] = [];
  for (let fileIndex = firstEndingAfter(files, offset), at = offset; at < end; fileIndex++) {
    const file = files[fileIndex];
    if (file === undefined) break;
    const fileOffset = at - file.offset;
    const spanLength = Math.min(file.length - fileOffset, end - at);
    if (spanLength > 0) {
      spans.push({ fileIndex, fileOffset, length: spanLength, dataOffset: at - offset });
    }
    at += spanLength;
  }
  return spans;
}

/** The first file with bytes at or after `offset`; its place is found by halving. */
function firstEndingAfter(files: readonly FileExtent[], offset: number): number {
  let low = 0;
  let high = files.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const file = files[middle];
    if (file !== undefined && file.offset + file.length <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

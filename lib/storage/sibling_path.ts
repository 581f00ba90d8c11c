import { basename, dirname, join } from "@std/path";
import { crc32 } from "./crc32.ts";

/** Longest file name that the common file systems take, bytes of UTF-8. */
const MAX_FILE_NAME = 255;

/**
 * The path of a companion file: the same path with `suffix` after the name. A name that would become
 * too long for the file system is cut, and a check value of all of it keeps it apart from others.
 */
export function siblingPath(path: string, suffix: string): string {
  const name = new TextEncoder().encode(basename(path));
  if (name.length + suffix.length <= MAX_FILE_NAME) return path + suffix;
  const mark = `~${crc32(name).toString(16).padStart(8, "0")}`;
  let end = MAX_FILE_NAME - mark.length - suffix.length;
  while (((name[end] ?? 0) & 0xc0) === 0x80) end--; // not inside a character
  return join(dirname(path), new TextDecoder().decode(name.subarray(0, end)) + mark + suffix);
}

import { basename, dirname, join } from "../paths/mod.ts";
import { crc32 } from "./crc32.ts";
import { MAX_FILE_NAME_BYTES } from "./limits.ts";

/**
 * The path of a companion file: the same path with `suffix` after the name. A name that would become
 * too long for the file system is cut, and a check value of all of it keeps it apart from others.
 */
export function siblingPath(path: string, suffix: string): string {
  const name = new TextEncoder().encode(basename(path));
  if (name.length + suffix.length <= MAX_FILE_NAME_BYTES) return path + suffix;
  const mark = `~${crc32(name).toString(16).padStart(8, "0")}`;
  let end = MAX_FILE_NAME_BYTES - mark.length - suffix.length;
  while (((name[end] ?? 0) & 0xc0) === 0x80) end--; // not inside a character
  return join(dirname(path), new TextDecoder().decode(name.subarray(0, end)) + mark + suffix);
}

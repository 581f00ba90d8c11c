import { dirname } from "../paths/mod.ts";
import { denoFileLayer } from "./deno_file_layer.ts";
import { NoSpaceError } from "./errors.ts";
import type { FileLayer } from "./file_layer.ts";

/**
 * Bytes that may still be written at a path, which need not exist yet; `undefined` where the system,
 * or a missing permission, does not tell.
 */
export async function freeSpace(
  path: string,
  layer: FileLayer = denoFileLayer,
): Promise<number | undefined> {
  let at = path;
  while (await layer.stat(at) === undefined && dirname(at) !== at) at = dirname(at);
  return await layer.freeSpace(at);
}

/**
 * Makes sure, as far as the system tells, that so many bytes can be written at a path.
 *
 * @throws {NoSpaceError} if not, with the bytes needed and available
 */
export async function ensureFreeSpace(
  path: string,
  needed: number,
  layer: FileLayer = denoFileLayer,
): Promise<void> {
  const available = await freeSpace(path, layer);
  if (available !== undefined && needed > available) {
    throw new NoSpaceError(path, { needed, available });
  }
}

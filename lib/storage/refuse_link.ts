import { dirname } from "@std/path";
import { StorageError } from "./errors.ts";
import type { FileLayer } from "./file_layer.ts";

/**
 * Makes sure that a path is no link, which could lead a write anywhere.
 *
 * @throws {StorageError} with code `ELOOP` if it is one
 */
export async function refuseLink(layer: FileLayer, path: string): Promise<void> {
  if ((await layer.stat(path))?.kind !== "link") return;
  throw new StorageError(
    `Cannot open ${path}: it is a link, which is not followed; put the file itself there`,
    path,
    { code: "ELOOP" },
  );
}

/**
 * Makes sure that neither a folder nor a path in it, nor any folder between the two, is a link.
 *
 * @throws {StorageError} with code `ELOOP` if one is
 */
export async function refuseLinks(layer: FileLayer, folder: string, path: string): Promise<void> {
  for (const at of pathsBelow(folder, path)) await refuseLink(layer, at);
}

/** A path in a folder, the folders between the two, and the folder itself, in this order. */
export function* pathsBelow(folder: string, path: string): Generator<string> {
  for (let at = path;; at = dirname(at)) {
    yield at;
    if (at.length <= folder.length) return;
  }
}

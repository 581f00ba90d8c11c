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
  for (let at = path;; at = dirname(at)) {
    await refuseLink(layer, at);
    if (at.length <= folder.length) return;
  }
}

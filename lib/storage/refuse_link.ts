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

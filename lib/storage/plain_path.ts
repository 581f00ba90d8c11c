import { dirname } from "../paths/mod.ts";
import { StorageError } from "./errors.ts";
import type { FileLayer } from "./file_layer.ts";

/**
 * Makes sure that a path is neither a link, which could lead a write anywhere, nor a pipe, a socket or
 * a device, whose opening or reading may wait for ever.
 *
 * @throws {StorageError} with code `ELOOP` if it is a link, and `ENXIO` if it is one of the others
 */
export async function requirePlain(layer: FileLayer, path: string): Promise<void> {
  const kind = (await layer.stat(path))?.kind;
  if (kind === "link") {
    throw new StorageError(
      `Cannot open ${path}: it is a link, which is not followed; put the file itself there`,
      path,
      { code: "ELOOP" },
    );
  }
  if (kind === "other") throw specialFileError(path);
}

/**
 * Makes sure that what lies at a path, also at the end of links, is no pipe, socket or device.
 *
 * @throws {StorageError} with code `ENXIO` if it is one
 */
export async function refuseSpecialFile(layer: FileLayer, path: string): Promise<void> {
  let kind = (await layer.stat(path))?.kind;
  if (kind === "link") kind = (await layer.stat(await layer.resolve(path)))?.kind;
  if (kind === "other") throw specialFileError(path);
}

function specialFileError(path: string): StorageError {
  return new StorageError(
    `Cannot open ${path}: it is a pipe, a socket or a device; move it away`,
    path,
    { code: "ENXIO" },
  );
}

/**
 * Makes sure that a folder, a path in it, and every folder between the two are plain.
 *
 * @throws {StorageError} with code `ELOOP` or `ENXIO` if one is not, as {@linkcode requirePlain}
 */
export async function requirePlainPath(
  layer: FileLayer,
  folder: string,
  path: string,
): Promise<void> {
  for (let at = path;; at = dirname(at)) {
    await requirePlain(layer, at);
    if (at.length <= folder.length) return;
  }
}

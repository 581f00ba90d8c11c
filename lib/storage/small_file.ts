import { dirname } from "../paths/mod.ts";
import { StorageError } from "./errors.ts";
import type { FileLayer } from "./file_layer.ts";
import { siblingPath } from "./sibling_path.ts";

/**
 * Writes a file in one step: after a crash at any moment the path holds the old content or the new
 * one, whole. The content goes to a temporary file, which is synced and renamed.
 */
export async function writeFileAtomic(
  layer: FileLayer,
  path: string,
  content: Uint8Array,
): Promise<void> {
  await replaceFile(layer, path, content, { durability: "synced" });
  await layer.syncFolder(dirname(path));
}

/**
 * Gives a path new content by way of a temporary file and a rename, so that no reader sees half of
 * it. What is not `"synced"` may be lost, or be there without its content, after a power cut. Links
 * at the two paths are replaced, not followed.
 */
export async function replaceFile(
  layer: FileLayer,
  path: string,
  content: Uint8Array,
  options: { readonly durability: "synced" | "cached" },
): Promise<void> {
  const temporary = temporaryPath(path);
  const left = (await layer.stat(temporary))?.kind; // by a process that was killed, or for a trap
  if (left === "file" || left === "link") await layer.remove(temporary);
  const handle = await layer.open(temporary, "new");
  try {
    try {
      await handle.writeAt(content, 0);
      if (options.durability === "synced") await handle.sync();
    } finally {
      handle.close();
    }
    await layer.rename(temporary, path);
  } catch (error) {
    await Promise.allSettled([layer.remove(temporary)]); // the first error is the one that counts
    throw error;
  }
}

/** Where the new content of a file lies until it takes the file's place. */
export function temporaryPath(path: string): string {
  return siblingPath(path, ".tmp");
}

/**
 * Reads a whole file; `undefined` if there is none.
 *
 * @throws {StorageError} if it is longer than `maxLength` bytes; nothing was read then
 */
export async function readSmallFile(
  layer: FileLayer,
  path: string,
  maxLength: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (await layer.stat(path) === undefined) return undefined;
  const handle = await layer.open(path, "read");
  try {
    const { size } = handle.stat();
    if (size > maxLength) {
      throw new StorageError(
        `Cannot read ${path}: it has ${size} bytes, at most ${maxLength} are accepted`,
        path,
      );
    }
    const content = new Uint8Array(size);
    return content.subarray(0, await handle.readAt(content, 0));
  } finally {
    handle.close();
  }
}

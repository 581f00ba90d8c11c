import { dirname } from "../paths/mod.ts";
import { FileExistsError, StorageError, StoreInUseError } from "./errors.ts";
import type { FileHandle, FileLayer } from "./file_layer.ts";
import { requirePlain } from "./plain_path.ts";
import { readSmallFile } from "./small_file.ts";
import { MAX_LOCK_BYTES } from "./limits.ts";

/** How often a lock file is opened anew that its owner has just removed. */
const MAX_ATTEMPTS = 20;

/**
 * Keeps other processes, and other stores of this one, away from some files. The lock is that of the
 * system on a file of its own, so it ends with the process, however that ends; the process id in the
 * file is there for people.
 */
export class StoreLock {
  readonly #layer: FileLayer;
  readonly #path: string;
  readonly #handle: FileHandle;

  private constructor(layer: FileLayer, path: string, handle: FileHandle) {
    this.#layer = layer;
    this.#path = path;
    this.#handle = handle;
  }

  /**
   * Takes the lock file at `path`, which is made if need be.
   *
   * @throws {StoreInUseError} if another holds it
   * @throws {FileExistsError} if it is too long to be a lock file
   * @throws {StorageError} if it is no plain file
   */
  static async acquire(layer: FileLayer, path: string): Promise<StoreLock> {
    await layer.makeFolder(dirname(path));
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      await requirePlain(layer, path);
      const handle = await layer.open(path, "create");
      try {
        if (await handle.tryLock() === "busy") {
          throw new StoreInUseError(path, await readPid(layer, path));
        }
        // Its owner may have removed the file between the open and the lock: then this is no longer
        // the file that others would try to lock.
        if ((await layer.stat(path))?.id === handle.stat().id) {
          if (handle.stat().size > MAX_LOCK_BYTES) throw new FileExistsError(path);
          await writePid(handle);
          return new StoreLock(layer, path, handle);
        }
      } catch (error) {
        handle.close();
        throw error;
      }
      handle.close();
    }
    throw new StorageError(`Cannot lock ${path}: it is being removed again and again`, path);
  }

  /**
   * Removes the file while it is still locked, so that nobody can take the one that goes, then frees
   * the lock. Never rejects: a file that cannot be removed stays, unlocked, and does no harm.
   */
  async release(): Promise<void> {
    await Promise.allSettled([this.#layer.remove(this.#path)]);
    this.#handle.close();
  }
}

async function writePid(handle: FileHandle): Promise<void> {
  await handle.truncate(0);
  await handle.writeAt(new TextEncoder().encode(`${Deno.pid}\n`), 0);
}

/** The process id in the file; the lock of the system may keep others from reading it. */
async function readPid(layer: FileLayer, path: string): Promise<number | undefined> {
  const [content] = await Promise.allSettled([readSmallFile(layer, path, MAX_LOCK_BYTES)]);
  const text = content.status === "fulfilled" ? content.value : undefined;
  const pid = Number.parseInt(new TextDecoder().decode(text), 10);
  return Number.isNaN(pid) ? undefined : pid;
}

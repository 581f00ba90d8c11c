import { join, resolve, SEPARATOR } from "../paths/mod.ts";
import { checkName, MAX_TORRENT_BYTES, parseTorrent, type Torrent } from "../metainfo/mod.ts";
import { denoFileLayer } from "./deno_file_layer.ts";
import { StorageError } from "./errors.ts";
import type { FileLayer } from "./file_layer.ts";
import { refuseSpecialFile } from "./plain_path.ts";
import { siblingPath } from "./sibling_path.ts";
import { readSmallFile } from "./small_file.ts";

/**
 * The paths of a library folder. All of them lie below it, for a name that would lead elsewhere is
 * refused. Folders are made by whatever first writes into them.
 */
export class Library {
  /** The folder itself. */
  readonly root: string;
  /** `Original_Files/`: whole files, shared or fetched. */
  readonly originals: string;
  /** `Chunks/`: what is being fetched, chunk files, torrent files. */
  readonly chunks: string;
  /** The file calls. */
  readonly layer: FileLayer;

  /** Names the paths below an absolute path. */
  constructor(root: string, layer: FileLayer) {
    this.root = root;
    this.originals = join(root, "Original_Files");
    this.chunks = join(root, "Chunks");
    this.layer = layer;
  }

  /**
   * Where the whole file or folder of that name belongs.
   *
   * @throws {UnsafePathError} if the name is not safe, as the other methods do, too
   */
  originalPath(name: string): string {
    checkName(name);
    return join(this.originals, name);
  }

  /** Where the data lies while it is being fetched. */
  partialPath(name: string): string {
    return this.#chunkPath(name, ".partial");
  }

  /** Where the torrent file lies. */
  torrentPath(name: string): string {
    return this.#chunkPath(name, ".torrent");
  }

  /** Where the chunk file of a piece lies; the file of piece 0 is `.part1`. */
  partPath(name: string, index: number): string {
    return this.#chunkPath(name, `.part${index + 1}`);
  }

  /** Where the lock of the chunk files lies. */
  chunkLockPath(name: string): string {
    return this.#chunkPath(name, ".parts.lock");
  }

  /**
   * Finds existing data that a user names: in `Original_Files/` first, then the path as it is given.
   *
   * @throws {StorageError} if there is neither
   */
  async resolveOriginal(nameOrPath: string): Promise<string> {
    const inside = resolve(this.originals, nameOrPath);
    const places = inside.startsWith(this.originals + SEPARATOR) ? [inside] : [];
    for (const path of [...places, resolve(nameOrPath)]) {
      if (await this.layer.stat(path) !== undefined) return path;
    }
    throw new StorageError(
      `Cannot find ${nameOrPath}: it is neither in ${this.originals} nor a path that exists`,
      nameOrPath,
      { code: "ENOENT" },
    );
  }

  /**
   * Reads the torrent file of that name in `Chunks/`.
   *
   * @throws {StorageError} if there is none, or what is there is no file
   * @throws {TorrentError} if it is not a torrent
   */
  async readTorrent(name: string): Promise<Torrent> {
    const path = this.torrentPath(name);
    await refuseSpecialFile(this.layer, path);
    const content = await readSmallFile(this.layer, path, MAX_TORRENT_BYTES);
    if (content === undefined) {
      throw new StorageError(`Cannot find ${path}: make it with chunk, or copy it there`, path, {
        code: "ENOENT",
      });
    }
    return await parseTorrent(content, path);
  }

  #chunkPath(name: string, suffix: string): string {
    checkName(name);
    return siblingPath(join(this.chunks, name), suffix);
  }
}

/**
 * Opens the library in a folder, which need not exist yet.
 *
 * @throws {StorageError} if there is something else than a folder
 */
export async function openLibrary(
  root: string,
  layer: FileLayer = denoFileLayer,
): Promise<Library> {
  const path = resolve(root);
  const stat = await layer.stat(path);
  if (stat !== undefined && stat.kind !== "folder" && stat.kind !== "link") {
    throw new StorageError(`Cannot open ${root}: it must be a folder`, root, { code: "ENOTDIR" });
  }
  return new Library(path, layer);
}

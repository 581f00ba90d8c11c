import { Bitfield, type PieceIndex } from "../bytes/mod.ts";
import type { TorrentInfo } from "../metainfo/mod.ts";
import { BaseStore } from "./base_store.ts";
import { DataFiles } from "./data_files.ts";
import { denoFileLayer } from "./deno_file_layer.ts";
import { StorageError } from "./errors.ts";
import type { FileStat } from "./file_layer.ts";
import { HeldPieces } from "./held_pieces.ts";
import type { PieceStore } from "./piece_store.ts";
import { resolveData, type VerifyOptions, verifyPieces } from "./verify.ts";
import { WatchedFiles } from "./watched_files.ts";

/** What {@linkcode openSeedStore} opens. */
export interface SeedStoreOptions extends VerifyOptions {
  /** What the torrent says. */
  readonly info: TorrentInfo;
  /** The file or folder of the data; a link is followed. */
  readonly path: string;
  /**
   * How the store finds out what it holds: `"verify"` (the default) hashes everything,
   * `"trusted"` takes the word of the caller that the data was just hashed.
   */
  readonly held?: "verify" | "trusted";
  /**
   * How the files looked when the caller hashed them, in the order of the torrent's files: what was
   * changed since then is noticed. By default they are looked at now.
   */
  readonly looks?: readonly (FileStat | undefined)[];
}

/**
 * Opens data where it lies, to be read only. Changes to the files are noticed with the first read
 * that comes after them: what is still right is served on, what is not is no longer held.
 *
 * @throws {StorageError} if there is nothing at the path, or it is of another kind
 */
export async function openSeedStore(options: SeedStoreOptions): Promise<PieceStore> {
  const { info, layer = denoFileLayer } = options;
  const root = await resolveData(layer, info, options.path);
  const files = new DataFiles({ layer, root, files: info.files, mode: "read" });
  const { pieceCount } = info.layout;
  const held = options.held === "trusted" ? Bitfield.full(pieceCount) : new Bitfield(pieceCount);
  const pieces = new HeldPieces(held);
  const watched = new WatchedFiles(info, files, pieces);
  try {
    await watched.lookAtAll();
    if (options.held === "trusted") {
      for (const [fileIndex, look] of options.looks?.entries() ?? []) {
        if (look !== undefined) watched.expect(fileIndex, look);
      }
    }
    if (options.held !== "trusted") {
      const found = await verifyPieces(info, files, [...info.layout.pieceIndices()], options);
      for (const index of found.ones()) held.set(index);
    }
  } catch (error) {
    files.close();
    throw error;
  }
  return new SeedStore({ info, root, files, pieces, watched });
}

interface SeedParts {
  readonly info: TorrentInfo;
  readonly root: string;
  readonly files: DataFiles;
  readonly pieces: HeldPieces;
  readonly watched: WatchedFiles;
}

class SeedStore extends BaseStore {
  readonly #root: string;
  readonly #files: DataFiles;
  readonly #watched: WatchedFiles;

  constructor(parts: SeedParts) {
    super(parts.info, parts.pieces);
    this.#root = parts.root;
    this.#files = parts.files;
    this.#watched = parts.watched;
  }

  protected override writePiece(): Promise<void> {
    return Promise.reject(
      new StorageError(
        `Cannot write ${this.#root}: it is served in place and never changed; fetch to another folder`,
        this.#root,
        { code: "EROFS" },
      ),
    );
  }

  protected override readPiece(
    index: PieceIndex,
    begin: number,
    target: Uint8Array,
  ): Promise<void> {
    return this.#watched.read(index, begin, target);
  }

  protected override place(): Promise<string> {
    return Promise.resolve(this.#root);
  }

  protected override release(): Promise<void> {
    this.#files.close();
    return Promise.resolve();
  }
}

import { createInfo } from "../metainfo/mod.ts";
import {
  hashPaths,
  openPartialStore,
  openSeedStore,
  type PartialStoreOptions,
  type PieceStore,
  type StorageProgress,
} from "../storage/mod.ts";
import type { AddOptions } from "./add_options.ts";
import type { PeerNode } from "./node.ts";
import type { Torrent } from "./torrent.ts";

/** What {@linkcode shareData} shares. */
export interface ShareOptions {
  /** The file or folder; it stays where it is. */
  readonly path: string;
  /** Bytes of each piece, a power of two from 16 KiB to 64 MiB; chosen by default. */
  readonly pieceLength?: number;
  /** Gives up hashing. */
  readonly signal?: AbortSignal;
  /** Is told how far the hashing is. */
  readonly onProgress?: (progress: StorageProgress) => void;
}

/**
 * Makes a torrent of a file or folder and serves it in place from then on.
 *
 * @throws {StorageError} if something cannot be read, or changes meanwhile
 */
export async function shareData(node: PeerNode, options: ShareOptions): Promise<Torrent> {
  const hashed = await hashPaths(options);
  const info = await createInfo(hashed);
  const { root: path, looks } = hashed;
  const store = await openSeedStore({ info, path, held: "trusted", looks });
  return await addOrClose(node, store, { intent: "serve" });
}

/** What {@linkcode fetchTorrent} fetches, and where to: into a library, or a folder. */
export type FetchOptions = PartialStoreOptions & Omit<AddOptions, "intent">;

/**
 * Fetches a torrent from whoever has pieces of it, and serves them meanwhile. What an earlier run
 * left is gone on with. {@linkcode Torrent.completed} gives the path in the end.
 *
 * @throws {StorageError} if it cannot be written there, or somebody else is at it
 */
export async function fetchTorrent(node: PeerNode, options: FetchOptions): Promise<Torrent> {
  const store = await openPartialStore(options);
  const { peers = [], webSeeds = [], discoveries } = options;
  return await addOrClose(node, store, { peers, webSeeds, ...(discoveries && { discoveries }) });
}

/** Opens a torrent, which owns the store from then on; closes the store if that fails. */
async function addOrClose(
  node: PeerNode,
  store: PieceStore,
  options: AddOptions,
): Promise<Torrent> {
  try {
    return node.add(store, options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

import { Bitfield, type PieceIndex } from "../bytes/mod.ts";
import type { TorrentInfo } from "../metainfo/mod.ts";
import { BaseStore } from "./base_store.ts";
import { HeldPieces } from "./held_pieces.ts";
import type { PieceStore } from "./piece_store.ts";

/**
 * Opens a store in memory, for tests and simulations. It holds nothing, or all of `data`, which is
 * believed to be the torrent's and is not copied.
 */
export function openMemoryStore(info: TorrentInfo, data?: Uint8Array): PieceStore {
  return new MemoryStore(info, data);
}

class MemoryStore extends BaseStore {
  readonly #data: Uint8Array;

  constructor(info: TorrentInfo, data?: Uint8Array) {
    const { pieceCount, totalLength } = info.layout;
    const held = data === undefined ? new Bitfield(pieceCount) : Bitfield.full(pieceCount);
    super(info, new HeldPieces(held));
    this.#data = data ?? new Uint8Array(totalLength);
  }

  protected override writePiece(index: PieceIndex, data: Uint8Array): Promise<void> {
    this.#data.set(data, this.info.layout.pieceOffset(index));
    return Promise.resolve();
  }

  protected override readPiece(
    index: PieceIndex,
    begin: number,
    target: Uint8Array,
  ): Promise<void> {
    const start = this.info.layout.pieceOffset(index) + begin;
    target.set(this.#data.subarray(start, start + target.length));
    return Promise.resolve();
  }

  protected override place(): Promise<string> {
    return Promise.resolve(`memory:${this.info.name}`);
  }

  protected override release(): Promise<void> {
    return Promise.resolve();
  }
}

import type { PieceIndex } from "../../bytes/mod.ts";
import type { TorrentInfo } from "../../metainfo/mod.ts";
import { UsageError } from "../cli_error.ts";
import { printable } from "../printable.ts";

/** A chunk as people name it, `NAME.partN`, where the first one is `.part1`. */
export interface ChunkName {
  /** The name of its torrent. */
  readonly name: string;
  /** The index of its piece, from 0, which need not exist. */
  readonly index: number;
}

/**
 * Reads the name of a chunk.
 *
 * @throws {UsageError} if it is none
 */
export function parseChunkName(text: string): ChunkName {
  const [, name, number] = /^(.+)\.part([1-9]\d{0,8})$/.exec(text) ?? [];
  if (name !== undefined) return { name, index: Number(number) - 1 };
  throw new UsageError(
    `Cannot read chunk ${printable(text)}: it must be NAME.partN, as in mv1.mp4.part1`,
  );
}

/** Names the chunk of a piece. */
export function formatChunkName({ name }: Pick<TorrentInfo, "name">, index: number): string {
  return `${printable(name)}.part${index + 1}`;
}

/**
 * The piece of a chunk.
 *
 * @throws {UsageError} if the torrent does not have so many
 */
export function pieceOf(info: TorrentInfo, { index }: ChunkName): PieceIndex {
  const { pieceCount } = info.layout;
  if (index < pieceCount) return info.layout.pieceIndex(index);
  const state = pieceCount === 0
    ? "is empty and has no chunks"
    : `has only chunks up to ${formatChunkName(info, pieceCount - 1)}`;
  throw new UsageError(
    `Cannot find ${formatChunkName(info, index)}: ${printable(info.name)} ${state}`,
  );
}

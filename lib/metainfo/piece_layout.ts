import type { PieceIndex } from "../bytes/mod.ts";
import {
  BLOCK_LENGTH,
  MAX_PIECE_LENGTH,
  MAX_PIECES,
  MAX_TOTAL_LENGTH,
  MIN_PIECE_LENGTH,
} from "./limits.ts";

/** Data cannot be cut into pieces as asked. */
export class PieceLayoutError extends RangeError {
  /** The name of the class, for messages. */
  override name = "PieceLayoutError";

  /** Makes the error of what is wrong. */
  constructor(
    /** What is wrong, in a clause. */
    readonly reason: string,
  ) {
    super(`Cannot cut data into pieces: ${reason}`);
  }
}

/** What a {@linkcode PieceLayout} cuts. */
export interface PieceLayoutOptions {
  /** Bytes of all files together. */
  readonly totalLength: number;
  /** Bytes of each piece but the last: a power of two within the limits. */
  readonly pieceLength: number;
}

/**
 * How the data of a torrent, all files joined, is cut into pieces, and these into blocks of 16 KiB
 * (BEP 3). All arithmetic of pieces and blocks is here; the last piece and the last block of each
 * piece may be shorter, none is empty.
 */
export class PieceLayout {
  /** Bytes of all files together. */
  readonly totalLength: number;
  /** Bytes of each piece but the last. */
  readonly pieceLength: number;
  /** Number of pieces; 0 if there is no data. */
  readonly pieceCount: number;

  /**
   * Lays out data of a known length.
   *
   * @throws {PieceLayoutError} if a length is beyond its limits
   */
  constructor({ totalLength, pieceLength }: PieceLayoutOptions) {
    if (!isPieceLength(pieceLength)) {
      throw new PieceLayoutError(
        `piece length is ${pieceLength}, must be a power of two from ${MIN_PIECE_LENGTH} to ${MAX_PIECE_LENGTH}`,
      );
    }
    if (!Number.isInteger(totalLength) || totalLength < 0 || totalLength > MAX_TOTAL_LENGTH) {
      throw new PieceLayoutError(
        `total length is ${totalLength}, must be from 0 to ${MAX_TOTAL_LENGTH}`,
      );
    }
    const pieceCount = Math.ceil(totalLength / pieceLength);
    if (pieceCount > MAX_PIECES) {
      throw new PieceLayoutError(
        `there are ${pieceCount} pieces of ${pieceLength} bytes, longer ones must make at most ${MAX_PIECES}`,
      );
    }
    this.totalLength = totalLength;
    this.pieceLength = pieceLength;
    this.pieceCount = pieceCount;
  }

  /**
   * Makes sure that a number is that of a piece.
   *
   * @throws {RangeError} if there is no such piece
   */
  pieceIndex(value: number): PieceIndex {
    if (!Number.isInteger(value) || value < 0 || value >= this.pieceCount) {
      throw new RangeError(`Cannot use piece ${value}: there are ${this.pieceCount} pieces from 0`);
    }
    return value as PieceIndex;
  }

  /** The numbers of all pieces, in order. */
  *pieceIndices(): Generator<PieceIndex> {
    for (let index = 0; index < this.pieceCount; index++) yield index as PieceIndex;
  }

  /** Where a piece begins, in bytes from the start of the data. */
  pieceOffset(index: PieceIndex): number {
    return index * this.pieceLength;
  }

  /** The bytes of a piece. */
  pieceSize(index: PieceIndex): number {
    return Math.min(this.pieceLength, this.totalLength - this.pieceOffset(index));
  }

  /** The number of blocks of a piece. */
  blockCount(index: PieceIndex): number {
    return Math.ceil(this.pieceSize(index) / BLOCK_LENGTH);
  }

  /**
   * The bytes of a block, of which the first is number 0.
   *
   * @throws {RangeError} if the piece has no such block
   */
  blockSize(index: PieceIndex, block: number): number {
    if (!Number.isInteger(block) || block < 0 || block >= this.blockCount(index)) {
      throw new RangeError(
        `Cannot use block ${block} of piece ${index}: there are ${
          this.blockCount(index)
        } blocks from 0`,
      );
    }
    return Math.min(BLOCK_LENGTH, this.pieceSize(index) - block * BLOCK_LENGTH);
  }

  /**
   * Makes sure that a range of bytes that a peer named is not empty and lies inside a piece.
   *
   * @throws {RangeError} if it does not
   */
  checkBlock(index: PieceIndex, begin: number, length: number): void {
    const size = this.pieceSize(index);
    const isRange = Number.isInteger(begin) && Number.isInteger(length) && begin >= 0 && length > 0;
    if (!isRange || begin + length > size) {
      throw new RangeError(
        `Cannot use ${length} bytes from ${begin} of piece ${index}: it has ${size} bytes`,
      );
    }
  }
}

function isPieceLength(value: number): boolean {
  return Number.isInteger(value) && value >= MIN_PIECE_LENGTH && value <= MAX_PIECE_LENGTH &&
    (value & (value - 1)) === 0;
}

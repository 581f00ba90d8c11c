import { assertEquals, assertThrows } from "@std/assert";
import {
  BLOCK_LENGTH,
  choosePieceLength,
  DEFAULT_PIECE_LENGTH,
  MAX_PIECE_LENGTH,
  MAX_PIECES,
  MAX_TORRENT_BYTES,
  MAX_TOTAL_LENGTH,
  MIN_PIECE_LENGTH,
  PieceLayout,
  PieceLayoutError,
} from "../../lib/metainfo/mod.ts";
import { seededRandom } from "../bencode/seeded_random.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

/** The sizes into which a length falls when the same size is taken from it again and again. */
function cut(length: number, size: number): number[] {
  const sizes: number[] = [];
  for (let rest = length; rest > 0; rest -= size) sizes.push(Math.min(rest, size));
  return sizes;
}

pure("PieceLayout agrees with cutting piece after piece and block after block", () => {
  const random = seededRandom(4);
  const lengths = [0, 1, 16383, 16384, 16385, 32768, 524287, 524288, 524289, 1048576];
  for (let round = 0; round < 60; round++) lengths.push(Math.floor(random() * 5_000_000));
  for (const totalLength of lengths) {
    for (const pieceLength of [MIN_PIECE_LENGTH, 65536, DEFAULT_PIECE_LENGTH, 4194304]) {
      const layout = new PieceLayout({ totalLength, pieceLength });
      const sizes = cut(totalLength, pieceLength);
      assertEquals(layout.pieceCount, sizes.length);
      const indices = [...layout.pieceIndices()];
      assertEquals(indices.map((index) => layout.pieceSize(index)), sizes);
      let offset = 0;
      for (const index of indices) {
        assertEquals(layout.pieceIndex(index), index);
        assertEquals(layout.pieceOffset(index), offset);
        const blocks = cut(sizes[index] ?? 0, BLOCK_LENGTH);
        assertEquals(layout.blockCount(index), blocks.length);
        assertEquals(blocks.map((_, block) => layout.blockSize(index, block)), blocks);
        offset += sizes[index] ?? 0;
      }
    }
  }
});

pure("PieceLayout has no piece or block beyond the last", () => {
  const layout = new PieceLayout({ totalLength: 40000, pieceLength: 32768 });
  assertEquals(layout.pieceCount, 2);
  for (const value of [-1, 2, 0.5, NaN, Infinity]) {
    assertThrows(() => layout.pieceIndex(value), RangeError, `Cannot use piece ${value}`);
  }
  const last = layout.pieceIndex(1);
  assertEquals(layout.blockSize(last, 0), 7232);
  for (const block of [-1, 1, 0.5, NaN]) {
    assertThrows(() => layout.blockSize(last, block), RangeError, `block ${block} of piece 1`);
  }
  assertThrows(
    () => new PieceLayout({ totalLength: 0, pieceLength: 32768 }).pieceIndex(0),
    RangeError,
  );
});

pure("PieceLayout.checkBlock() accepts exactly the ranges inside the piece", () => {
  const layout = new PieceLayout({ totalLength: 40000, pieceLength: 32768 });
  const [first, last] = [layout.pieceIndex(0), layout.pieceIndex(1)];
  for (
    const [begin, length] of [[0, 1], [0, 16384], [16384, 16384], [32767, 1], [0, 32768]] as const
  ) {
    layout.checkBlock(first, begin, length);
  }
  layout.checkBlock(last, 7231, 1);
  const bad = [[0, 0], [-1, 1], [1, 32768], [32768, 1], [0, -1], [0.5, 1], [0, 1.5], [0, NaN]];
  for (const [begin = 0, length = 0] of [...bad, [4294967295, 4294967295]]) {
    assertThrows(() => layout.checkBlock(first, begin, length), RangeError, "of piece 0");
  }
  assertThrows(() => layout.checkBlock(last, 7231, 2), RangeError, "it has 7232 bytes");
});

pure("PieceLayout takes lengths up to their limits and none beyond", () => {
  for (const pieceLength of [MIN_PIECE_LENGTH, MAX_PIECE_LENGTH]) {
    const most = MAX_PIECES * pieceLength;
    assertEquals(new PieceLayout({ totalLength: most, pieceLength }).pieceCount, MAX_PIECES);
    assertThrows(() => new PieceLayout({ totalLength: most + 1, pieceLength }), PieceLayoutError);
  }
  const wrong = [0, -16384, 8192, 16385, 24576, 2 ** 27, 2 ** 33, 16384.5, NaN, Infinity];
  for (const pieceLength of wrong) {
    assertThrows(
      () => new PieceLayout({ totalLength: 1, pieceLength }),
      PieceLayoutError,
      `Cannot cut data into pieces: piece length is ${pieceLength}, must be a power of two`,
    );
  }
  for (const totalLength of [-1, 0.5, NaN, Infinity, MAX_TOTAL_LENGTH + 1]) {
    assertThrows(
      () => new PieceLayout({ totalLength, pieceLength: MAX_PIECE_LENGTH }),
      PieceLayoutError,
      `total length is ${totalLength}`,
    );
  }
});

pure("choosePieceLength() doubles only when the torrent file would be too long", () => {
  for (const totalLength of [0, 1, 2 ** 20, 2 ** 30, 2 ** 37]) {
    assertEquals(choosePieceLength(totalLength), DEFAULT_PIECE_LENGTH);
  }
  let doublings = 0;
  let previous = DEFAULT_PIECE_LENGTH;
  for (
    let totalLength = 2 ** 30;
    totalLength < 2 ** 44;
    totalLength = Math.floor(totalLength * 1.1)
  ) {
    const pieceLength = choosePieceLength(totalLength);
    const { pieceCount } = new PieceLayout({ totalLength, pieceLength });
    assertEquals(pieceCount * 20 < MAX_TORRENT_BYTES, true, `${pieceCount} pieces`);
    // Half the length would leave less than a fifth of the file to names.
    if (pieceLength > DEFAULT_PIECE_LENGTH) {
      assertEquals(Math.ceil(totalLength / (pieceLength / 2)) * 20 > MAX_TORRENT_BYTES * 0.8, true);
    }
    if (pieceLength !== previous) doublings++;
    previous = pieceLength;
  }
  assertEquals(doublings, 7);
  assertEquals(choosePieceLength(2 ** 45), MAX_PIECE_LENGTH);
  assertThrows(() => choosePieceLength(2 ** 50), PieceLayoutError, "total length is");
});

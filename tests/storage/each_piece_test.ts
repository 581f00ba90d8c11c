import { assert, assertEquals, assertRejects } from "@std/assert";
import { PieceLayout } from "../../lib/metainfo/mod.ts";
import { eachPiece, MAX_SIDE_BY_SIDE, type StorageProgress } from "../../lib/storage/each_piece.ts";

const layout = new PieceLayout({ totalLength: 100 * 16_384 + 7, pieceLength: 16_384 });
const indices = [...layout.pieceIndices()];

Deno.test({
  name: "eachPiece() works on every piece once, with a buffer of its size, and tells the progress",
  permissions: "none",
  async fn() {
    const seen: number[] = [];
    const progress: StorageProgress[] = [];
    await eachPiece({
      layout,
      indices,
      onProgress: (step) => progress.push(step),
      work: async (index, buffer) => {
        assertEquals(buffer.length, layout.pieceSize(index));
        await Promise.resolve();
        seen.push(index);
      },
    });
    assertEquals(seen.sort((a, b) => a - b), indices);
    assertEquals(progress.length, indices.length);
    assertEquals(progress.at(-1), {
      doneBytes: layout.totalLength,
      totalBytes: layout.totalLength,
    });
  },
});

for (
  const [pieceLength, expected] of [
    [16_384, Math.min(10, MAX_SIDE_BY_SIDE)],
    ...[[4 << 20, 4], [8 << 20, 2], [64 << 20, 2]] as const,
  ] as const
) {
  Deno.test({
    name: `eachPiece() works on ${expected} pieces of ${pieceLength} bytes side by side`,
    permissions: "none",
    async fn() {
      const big = new PieceLayout({ totalLength: 10 * pieceLength, pieceLength });
      const buffers = new Set<ArrayBufferLike>();
      let running = 0;
      let most = 0;
      await eachPiece({
        layout: big,
        indices: [...big.pieceIndices()],
        work: async (_index, buffer) => {
          buffers.add(buffer.buffer);
          most = Math.max(most, ++running);
          for (let turn = 0; turn < 10; turn++) await Promise.resolve();
          running--;
        },
      });
      assertEquals([most, buffers.size], [expected, expected]);
    },
  });
}

Deno.test({
  name: "eachPiece() begins no piece after one has failed, and waits for those that run",
  permissions: "none",
  async fn() {
    let begun = 0;
    let running = 0;
    await assertRejects(() =>
      eachPiece({
        layout,
        indices,
        work: async (index) => {
          begun++;
          running++;
          for (let turn = 0; turn < 10 + index; turn++) await Promise.resolve();
          running--;
          if (index === 8) throw new SyntaxError("bad piece");
        },
      }), SyntaxError);
    assertEquals(running, 0);
    assert(begun <= 8 + MAX_SIDE_BY_SIDE);
  },
});

Deno.test({
  name: "eachPiece() ends with the reason of the signal",
  permissions: "none",
  async fn() {
    const abort = new AbortController();
    let begun = 0;
    await assertRejects(
      () =>
        eachPiece({
          layout,
          indices,
          signal: abort.signal,
          work: (index) => {
            begun++;
            if (index === 5) abort.abort(new RangeError("enough"));
            return Promise.resolve();
          },
        }),
      RangeError,
      "enough",
    );
    assert(begun <= 6 + MAX_SIDE_BY_SIDE);
  },
});

Deno.test({
  name: "eachPiece() ends with the reason of the signal also when the last piece is done already",
  permissions: "none",
  async fn() {
    const abort = new AbortController();
    const work = (index: number): Promise<void> => {
      if (index === indices.length - 1) abort.abort(new RangeError("enough"));
      return Promise.resolve();
    };
    await assertRejects(
      () => eachPiece({ layout, indices, signal: abort.signal, work }),
      RangeError,
      "enough",
    );
  },
});

Deno.test({
  name: "eachPiece() has nothing to do for no pieces",
  permissions: "none",
  async fn() {
    const empty = new PieceLayout({ totalLength: 0, pieceLength: 16_384 });
    await eachPiece({
      layout: empty,
      indices: [],
      work: () => Promise.reject(new Error("called")),
    });
  },
});

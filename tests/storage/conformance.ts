import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { toBytes } from "@std/streams/to-bytes";
import {
  type PieceIndex,
  PieceNotHeldError,
  type PieceStore,
  StorageError,
} from "../../lib/storage/mod.ts";
import {
  allPieces,
  assertSameBytes,
  fileSample,
  folderSample,
  pieceOf,
  type Sample,
} from "./samples.ts";

/** A kind of store and how the suite gets one. */
export interface StoreKind {
  readonly name: string;
  /** Opens a store that holds all of the sample, or nothing; the caller closes it. */
  readonly open: (sample: Sample, content: "whole" | "empty") => Promise<PieceStore>;
  /** Whether it can be told to keep pieces. */
  readonly access: "read-write" | "read-only";
}

/** The promises of `PieceStore`, which every kind of store keeps. */
export function testPieceStore(kind: StoreKind): void {
  const samples = [["a file", fileSample], ["a folder", folderSample]] as const;
  for (const [shape, make] of samples) {
    testReading(kind, shape, make);
    if (kind.access === "read-write") testWriting(kind, shape, make);
  }
}

function testReading(kind: StoreKind, shape: string, make: () => Promise<Sample>): void {
  const test = (promise: string, body: (store: PieceStore, sample: Sample) => Promise<void>) =>
    Deno.test(`${kind.name} of ${shape} ${promise}`, async () => {
      const sample = await make();
      await using store = await kind.open(sample, "whole");
      await body(store, sample);
    });

  test("reads every piece back, whole and in parts", async (store, sample) => {
    assertEquals(store.held.toBytes(), store.wanted.toBytes());
    for (const index of wantedPieces(store)) {
      const piece = pieceOf(sample, index);
      const whole = new Uint8Array(piece.length);
      await store.read(index, 0, whole);
      assertSameBytes(whole, piece);
      for (
        const [begin, length] of [[0, 1], [piece.length - 1, 1], [3, piece.length - 7]] as const
      ) {
        const part = new Uint8Array(length);
        await store.read(index, begin, part);
        assertSameBytes(part, piece.slice(begin, begin + length));
      }
    }
  });

  test("reads many parts at a time", async (store, sample) => {
    await Promise.all(
      wantedPieces(store).flatMap((index) => {
        const piece = pieceOf(sample, index);
        return Array.from({ length: 9 }, async (_, at) => {
          const begin = Math.floor(at * piece.length / 10);
          const part = new Uint8Array(Math.ceil(piece.length / 10));
          await store.read(index, begin, part);
          assertSameBytes(part, piece.slice(begin, begin + part.length));
        });
      }),
    );
  });

  test("streams a part of a piece", async (store, sample) => {
    const [index] = wantedPieces(store);
    assert(index !== undefined);
    const bytes = await toBytes(store.stream(index, 5, 10_000));
    assertSameBytes(bytes, pieceOf(sample, index).slice(5, 10_005));
  });

  test("lets a stream be given up", async (store) => {
    const [index] = wantedPieces(store);
    assert(index !== undefined);
    await store.stream(index, 0, 10).cancel();
  });

  test("refuses ranges outside of a piece", async (store, sample) => {
    const index = wantedPieces(store).at(-1);
    assert(index !== undefined);
    const size = sample.info.layout.pieceSize(index);
    await assertRejects(() => store.read(index, size, new Uint8Array(1)), RangeError);
    await assertRejects(() => store.read(index, -1, new Uint8Array(1)), RangeError);
    await assertRejects(() => store.read(index, 0, new Uint8Array(size + 1)), RangeError);
  });

  test("finishes when it is whole, as often as asked, and serves on", async (store, sample) => {
    const path = await store.finish();
    assertEquals(await store.finish(), path);
    const [index] = wantedPieces(store);
    assert(index !== undefined);
    const bytes = new Uint8Array(100);
    await store.read(index, 0, bytes);
    assertSameBytes(bytes, pieceOf(sample, index).slice(0, 100));
  });

  test("answers nothing after it was closed, and closes twice", async (store, sample) => {
    await store.close();
    await store.close();
    const [index] = wantedPieces(store);
    assert(index !== undefined);
    await assertRejects(() => store.read(index, 0, new Uint8Array(1)), StorageError, "closed");
    await assertRejects(() => store.put(index, pieceOf(sample, index)), StorageError, "closed");
    await assertRejects(() => store.finish(), StorageError, "closed");
  });

  test("lets reads end that had begun before the close", async (store, sample) => {
    const reads = wantedPieces(store).map(async (index) => {
      const bytes = new Uint8Array(sample.info.layout.pieceSize(index));
      await store.read(index, 0, bytes);
      assertSameBytes(bytes, pieceOf(sample, index));
    });
    await Promise.all([...reads, store.close()]);
  });
}

function testWriting(kind: StoreKind, shape: string, make: () => Promise<Sample>): void {
  const test = (promise: string, body: (store: PieceStore, sample: Sample) => Promise<void>) =>
    Deno.test(`${kind.name} of ${shape} ${promise}`, async () => {
      const sample = await make();
      await using store = await kind.open(sample, "empty");
      await body(store, sample);
    });

  test("holds a piece once it was put and not before", async (store, sample) => {
    assert(store.held.isEmpty);
    for (const index of wantedPieces(store).toReversed()) {
      assertFalse(store.held.has(index));
      await assertRejects(() => store.read(index, 0, new Uint8Array(1)), PieceNotHeldError);
      assertEquals(await store.put(index, pieceOf(sample, index)), "held");
      assert(store.held.has(index));
      const bytes = new Uint8Array(sample.info.layout.pieceSize(index));
      await store.read(index, 0, bytes);
      assertSameBytes(bytes, pieceOf(sample, index));
    }
    assertEquals(store.held.toBytes(), store.wanted.toBytes());
  });

  test("refuses a piece with one wrong bit, a byte more or a byte less", async (store, sample) => {
    for (const index of wantedPieces(store)) {
      const piece = pieceOf(sample, index);
      const wrong = piece.slice();
      wrong[wrong.length - 1]! ^= 1;
      assertEquals(await store.put(index, wrong), "mismatch");
      assertEquals(await store.put(index, piece.slice(1)), "mismatch");
      assertEquals(await store.put(index, new Uint8Array([...piece, 0])), "mismatch");
      assertFalse(store.held.has(index));
    }
    assert(store.held.isEmpty);
  });

  test("takes all pieces at a time, each twice, and finishes", async (store, sample) => {
    const puts = wantedPieces(store).flatMap((index) => [
      store.put(index, pieceOf(sample, index)),
      store.put(index, pieceOf(sample, index)),
    ]);
    assertEquals(new Set(await Promise.all(puts)), new Set(["held"]));
    await store.finish();
    for (const index of wantedPieces(store)) {
      const bytes = new Uint8Array(sample.info.layout.pieceSize(index));
      await store.read(index, 0, bytes);
      assertSameBytes(bytes, pieceOf(sample, index));
    }
  });

  test("does not finish while a piece is missing", async (store, sample) => {
    for (const index of wantedPieces(store).slice(1)) {
      await store.put(index, pieceOf(sample, index));
    }
    await assertRejects(() => store.finish(), StorageError, "1 of");
  });

  test("does not touch the data after put has settled", async (store, sample) => {
    const [index] = wantedPieces(store);
    assert(index !== undefined);
    const data = pieceOf(sample, index).slice();
    await store.put(index, data);
    data.fill(0);
    const bytes = new Uint8Array(data.length);
    await store.read(index, 0, bytes);
    assertSameBytes(bytes, pieceOf(sample, index));
  });

  test("takes the pieces that it wants and no others", async (store, sample) => {
    assertFalse(store.wanted.isEmpty);
    for (const index of allPieces(sample.info)) {
      if (store.wanted.has(index)) continue;
      await assertRejects(() => store.put(index, pieceOf(sample, index)), RangeError, "not wanted");
      await assertRejects(() => store.read(index, 0, new Uint8Array(1)), PieceNotHeldError);
    }
    assert(store.held.isEmpty);
  });

  test("fails a stream whose piece is not held", async (store) => {
    const [index] = wantedPieces(store);
    assert(index !== undefined);
    await assertRejects(() => toBytes(store.stream(index, 0, 10)), PieceNotHeldError);
  });
}

function wantedPieces(store: PieceStore): PieceIndex[] {
  return allPieces(store.info).filter((index) => store.wanted.has(index));
}

import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { FakeClock } from "../../lib/net/mod.ts";
import { createInfo, type PieceIndex } from "../../lib/metainfo/mod.ts";
import {
  hashPaths,
  openPartialStore,
  openSeedStore,
  type PieceStore,
  StorageChangedError,
  StorageError,
  type StorageProgress,
} from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import {
  allPieces,
  assertSameBytes,
  fileSample,
  folderSample,
  namesIn,
  PIECE_LENGTH,
  pieceOf,
  readSample,
  type Sample,
  sampleBytes,
  temporaryFolder,
  writeSample,
} from "./samples.ts";

async function putAll(store: PieceStore, sample: Sample): Promise<void> {
  for (const index of allPieces(sample.info)) await store.put(index, pieceOf(sample, index));
}

/** Writes where others do not expect it, so that the time of change tells. */
async function overwrite(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  {
    using file = await Deno.open(path, { write: true });
    await file.seek(offset, Deno.SeekMode.Start);
    await file.write(bytes);
  }
  await Deno.utime(path, new Date(), new Date(Date.now() + 60_000));
}

async function takeLost(store: PieceStore, count: number): Promise<PieceIndex[]> {
  const lost: PieceIndex[] = [];
  for await (const index of store.lost.values({ preventCancel: true })) {
    lost.push(index);
    if (lost.length === count) break;
  }
  return lost;
}

const sample = await fileSample();
const { info } = sample;
const partial = `${info.name}.partial`;

Deno.test("finish() does not place pieces that were changed after their put, and takes them again", async () => {
  await using folder = await temporaryFolder();
  await using store = await openPartialStore({ folder: folder.path, info });
  await putAll(store, sample);
  const path = join(folder.path, partial);
  await overwrite(path, 4 * PIECE_LENGTH - 1, sampleBytes(2, 99));
  const error = await assertRejects(
    () => store.finish(),
    StorageChangedError,
    "pieces 3, 4 changed",
  );
  assertEquals(error.path, path);
  assertEquals([...allPieces(info)].filter((index) => !store.held.has(index)), [3, 4]);
  assertEquals(await takeLost(store, 2), [3, 4]);
  assertEquals(await namesIn(folder.path).then((names) => names.includes(info.name)), false);
  await putAll(store, sample);
  assertSameBytes(await readSample(sample, await store.finish()), sample.data);
});

Deno.test("finish() finds a change that came between two puts", async () => {
  await using folder = await temporaryFolder();
  await using store = await openPartialStore({ folder: folder.path, info });
  const [first, ...rest] = allPieces(info);
  assert(first !== undefined);
  await store.put(first, pieceOf(sample, first));
  await overwrite(join(folder.path, partial), 5, sampleBytes(9, 99));
  for (const index of rest) await store.put(index, pieceOf(sample, index));
  await assertRejects(() => store.finish(), StorageChangedError, "piece 0 changed");
  await store.put(first, pieceOf(sample, first));
  assertSameBytes(await readSample(sample, await store.finish()), sample.data);
});

Deno.test("finish() gives a file its length again that others made longer or shorter", async () => {
  for (const length of [sample.data.length + 10, 100]) {
    await using folder = await temporaryFolder();
    await using store = await openPartialStore({ folder: folder.path, info });
    await putAll(store, sample);
    await Deno.truncate(join(folder.path, partial), length);
    await Deno.utime(join(folder.path, partial), new Date(), new Date(Date.now() + 60_000));
    if (length < sample.data.length) {
      await assertRejects(() => store.finish(), StorageChangedError, "and 8 more changed");
      assert(store.held.isEmpty);
      await putAll(store, sample);
    }
    assertSameBytes(await readSample(sample, await store.finish()), sample.data);
  }
});

Deno.test("finish() hashes nothing that only the store has written", async () => {
  for (const own of [sample, await folderSample()]) {
    await using folder = await temporaryFolder();
    const layer = new FaultyLayer();
    await using store = await openPartialStore({ folder: folder.path, info: own.info, layer });
    await Promise.all(
      allPieces(own.info).map((index) => store.put(index, pieceOf(own, index))),
    );
    const before = layer.count("readAt");
    await store.finish();
    assertEquals(layer.count("readAt"), before);
  }
});

Deno.test("a piece that was changed during the download is not read", async () => {
  await using folder = await temporaryFolder();
  await using store = await openPartialStore({ folder: folder.path, info });
  const [first, second] = allPieces(info);
  assert(first !== undefined && second !== undefined);
  await store.put(first, pieceOf(sample, first));
  await store.put(second, pieceOf(sample, second));
  await overwrite(join(folder.path, partial), 5, sampleBytes(9, 99));
  await assertRejects(() => store.read(first, 500, new Uint8Array(9)), StorageChangedError);
  const bytes = new Uint8Array(9);
  await store.read(second, 0, bytes);
  assertSameBytes(bytes, pieceOf(sample, second).slice(0, 9));
  assertEquals([...store.held.ones()], [second]);
  assertEquals(await takeLost(store, 1), [first]);
});

Deno.test("finish() holds nothing of a NAME.partial that was removed, and says so", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, partial);
  const store = await openPartialStore({ folder: folder.path, info });
  await putAll(store, sample);
  await Deno.remove(path);
  const error = await assertRejects(() => store.finish(), StorageChangedError, "start again");
  assertEquals(error.path, path);
  assert(store.held.isEmpty);
  await store.close();
  await using again = await openPartialStore({ folder: folder.path, info });
  assert(again.held.isEmpty);
});

Deno.test("a checkpoint notices that NAME.partial is gone or another, and no put goes on", async () => {
  for (const state of ["gone", "another"] as const) {
    await using folder = await temporaryFolder();
    const path = join(folder.path, partial);
    const clock = new FakeClock();
    const layer = new FaultyLayer();
    const store = await openPartialStore({ folder: folder.path, info, layer, clock });
    const [first, ...rest] = allPieces(info);
    assert(first !== undefined);
    await store.put(first, pieceOf(sample, first));
    await Deno.rename(path, join(folder.path, "elsewhere"));
    const other = sampleBytes(sample.data.length, 55);
    if (state === "another") await Deno.writeFile(path, other);
    await clock.advance(6_000);
    const error = await assertRejects(async () => {
      for (const index of rest) {
        await store.put(index, pieceOf(sample, index)); // the first begins the checkpoint
        for (let turn = 0; turn < 100; turn++) await clock.advance(0);
      }
    }, StorageChangedError);
    assertEquals(error.path, path);
    assert(store.held.isEmpty);
    await assertRejects(() => store.put(first, pieceOf(sample, first)), StorageChangedError);
    await store.close();
    await using again = await openPartialStore({ folder: folder.path, info });
    assert(again.held.isEmpty);
    if (state === "another") assertSameBytes(await Deno.readFile(path), other);
  }
});

Deno.test("finish() looks for data that an earlier run has put, and never cuts what is not its own", async () => {
  for (const state of ["gone", "another", "another length"] as const) {
    await using folder = await temporaryFolder();
    const path = join(folder.path, partial);
    const first = await openPartialStore({ folder: folder.path, info });
    await putAll(first, sample);
    await first.close();
    await using store = await openPartialStore({ folder: folder.path, info });
    assert(store.held.isFull);
    await Deno.rename(path, join(folder.path, "elsewhere"));
    const other = sampleBytes(sample.data.length + (state === "another" ? 0 : 1), 55);
    if (state !== "gone") await Deno.writeFile(path, other);
    const error = await assertRejects(() => store.finish(), StorageChangedError);
    assertEquals(error.path, path);
    if (state === "another length") {
      assertSameBytes(await Deno.readFile(path), other);
      continue;
    }
    assert(store.held.isEmpty);
    await putAll(store, sample);
    assertSameBytes(await readSample(sample, await store.finish()), sample.data);
  }
});

Deno.test("a seed store notices what was changed between the hashing and its opening", async () => {
  for (const own of [sample, await folderSample()]) {
    await using folder = await temporaryFolder();
    const path = join(folder.path, own.info.name);
    await writeSample(own, path);
    const hashed = await hashPaths({ path, pieceLength: PIECE_LENGTH });
    const { looks } = hashed;
    const made = await createInfo(hashed);
    const last = own.info.files.findLast((file) => file.length > 0);
    assert(last !== undefined);
    await overwrite(join(path, ...last.path), last.length - 1, sampleBytes(1, 44));
    await using store = await openSeedStore({ info: made, path, held: "trusted", looks });
    const lastPiece = allPieces(made).at(-1);
    const [first] = allPieces(made);
    assert(first !== undefined && lastPiece !== undefined);
    await assertRejects(() => store.read(lastPiece, 0, new Uint8Array(1)), StorageChangedError);
    await store.read(first, 0, new Uint8Array(1));
    assertEquals(await takeLost(store, 1), [lastPiece]);
  }
});

Deno.test("openPartialStore() notices what was changed since it found the data in its place", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, info.name);
  await writeSample(sample, path);
  const onProgress = ({ doneBytes, totalBytes }: StorageProgress) => {
    if (doneBytes < totalBytes) return; // all was hashed by now
    const changed = sample.data.slice();
    changed.fill(0, 0, 5);
    Deno.writeFileSync(path, changed);
    Deno.utimeSync(path, new Date(), new Date(Date.now() + 60_000));
  };
  await using store = await openPartialStore({ folder: folder.path, info, onProgress });
  assert(store.held.isFull);
  const [first] = allPieces(info);
  assert(first !== undefined);
  await assertRejects(() => store.read(first, 500, new Uint8Array(9)), StorageChangedError);
  assertEquals(store.held.count, info.layout.pieceCount - 1);
});

Deno.test("the news of lost pieces end with the store, read or not", async () => {
  await using folder = await temporaryFolder();
  for (const reader of ["reads", "gives up", "none"] as const) {
    const store = await openPartialStore({ folder: folder.path, info });
    await putAll(store, sample);
    if (reader === "gives up") await store.lost.cancel();
    await Deno.truncate(join(folder.path, partial), 0);
    const [first] = allPieces(info);
    assert(first !== undefined);
    await assertRejects(() => store.read(first, 0, new Uint8Array(1)), StorageError);
    await store.close();
    if (reader === "reads") assertEquals(await Array.fromAsync(store.lost), [first]);
  }
});

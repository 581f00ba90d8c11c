import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  openSeedStore,
  type PieceStore,
  StorageChangedError,
  StorageError,
} from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import {
  allPieces,
  assertSameBytes,
  fileSample,
  folderSample,
  PIECE_LENGTH,
  pieceOf,
  type Sample,
  temporaryFolder,
  writeSample,
} from "./samples.ts";

/** A change that its time gives away, however coarse the clock of the file system is. */
async function change(path: string, edit: (file: Deno.FsFile) => Promise<unknown>): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await edit(file);
  await Deno.utime(path, new Date(), new Date(Date.now() + 60_000));
}

async function flipByte(path: string, offset: number, before: number): Promise<void> {
  await change(path, async (file) => {
    await file.seek(offset, Deno.SeekMode.Start);
    await file.write(Uint8Array.of(before ^ 1));
  });
}

/** Reads every piece and gives the ones that could be read, all of which must be right. */
async function readable(store: PieceStore, sample: Sample): Promise<number[]> {
  const indices: number[] = [];
  for (const index of allPieces(sample.info)) {
    const bytes = new Uint8Array(100);
    try {
      await store.read(index, 7, bytes);
    } catch (error) {
      assert(error instanceof StorageError);
      continue;
    }
    assertSameBytes(bytes, pieceOf(sample, index).slice(7, 107));
    indices.push(index);
  }
  return indices;
}

const sample = await fileSample();
const { info } = sample;
const count = info.layout.pieceCount;

Deno.test("openSeedStore() holds the pieces that are right and no others", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(sample, path);
  const third = pieceOf(sample, info.layout.pieceIndex(2));
  await flipByte(path, 2 * PIECE_LENGTH + 5, third[5]!);
  await Deno.truncate(path, sample.data.length - 1);
  await using store = await openSeedStore({ info, path });
  const expected = allPieces(info).filter((index) => index !== 2 && index !== count - 1);
  assertEquals([...store.held.ones()], expected);
  assertEquals(await readable(store, sample), expected);
  await assertRejects(() => store.finish(), StorageError, `2 of ${count} pieces are missing`);
});

Deno.test("openSeedStore() believes a caller who has just hashed the data", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(sample, path);
  const layer = new FaultyLayer();
  await using store = await openSeedStore({ info, path, held: "trusted", layer });
  assert(store.held.isFull);
  assertEquals(layer.count("readAt"), 0);
});

Deno.test("a seed store keeps no piece, and says what to do", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(sample, path);
  await Deno.truncate(path, 0);
  await using store = await openSeedStore({ info, path });
  const [first] = allPieces(info);
  assert(first !== undefined);
  await assertRejects(() => store.put(first, pieceOf(sample, first)), StorageError, "in place");
  assertEquals((await Deno.stat(path)).size, 0);
});

Deno.test("a seed store serves none of the pieces that were rewritten, and all others", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(sample, path);
  await using store = await openSeedStore({ info, path });
  assertEquals((await readable(store, sample)).length, count);
  const piece = pieceOf(sample, info.layout.pieceIndex(4));
  await flipByte(path, 4 * PIECE_LENGTH + piece.length - 1, piece.at(-1)!);
  assertEquals(await readable(store, sample), allPieces(info).filter((index) => index !== 4));
  assertEquals(store.held.has(4), false);
  assertEquals(store.held.count, count - 1);
  const fourth = info.layout.pieceIndex(4);
  await assertRejects(() => store.read(fourth, 0, new Uint8Array(1)), StorageError, "not held");
});

Deno.test("a seed store rejects the first read of a piece that was rewritten", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(sample, path);
  await using store = await openSeedStore({ info, path });
  const [first] = allPieces(info);
  assert(first !== undefined);
  await flipByte(path, 0, pieceOf(sample, first)[0]!);
  const error = await assertRejects(
    () => store.read(first, 500, new Uint8Array(10)), // not the byte that was changed
    StorageChangedError,
    "has changed; share it anew",
  );
  assertEquals(error.path, path);
});

Deno.test("a seed store serves on what a longer, touched or replaced file still has", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(sample, path);
  await using store = await openSeedStore({ info, path });
  await change(path, async (file) => {
    await file.seek(0, Deno.SeekMode.End);
    await file.write(new Uint8Array(1000));
  });
  assertEquals((await readable(store, sample)).length, count);
  await Deno.utime(path, new Date(), new Date(Date.now() - 60_000));
  assertEquals((await readable(store, sample)).length, count);
  await writeSample(sample, `${path}.new`);
  await Deno.rename(`${path}.new`, path);
  assertEquals((await readable(store, sample)).length, count);
});

Deno.test("a seed store hashes a piece once after a change, not at every read", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(sample, path);
  const layer = new FaultyLayer();
  await using store = await openSeedStore({ info, path, layer });
  await Deno.utime(path, new Date(), new Date(Date.now() - 60_000));
  await readable(store, sample);
  const before = layer.count("readAt");
  await readable(store, sample);
  assertEquals(layer.count("readAt") - before, count);
});

Deno.test("a seed store drops what a shorter or removed file no longer has", async () => {
  const course = await folderSample();
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(course, path);
  await using store = await openSeedStore({ info: course.info, path });
  await Deno.remove(join(path, "a", "deep", "one.bin"));
  await Deno.truncate(join(path, "z.bin"), PIECE_LENGTH);
  // The open handles still reach what was removed: those bytes are right. A new store has none.
  const reached = await readable(store, course);
  await using again = await openSeedStore({ info: course.info, path });
  const left = await readable(again, course);
  assertEquals([...again.held.ones()], left);
  assert(left.every((index) => reached.includes(index)));
  assert(left.length < course.info.layout.pieceCount - 2);
});

Deno.test("a seed store loses a piece that the disk can no longer read, and no other", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(sample, path);
  let state: "good" | "bad" = "good";
  const layer = new FaultyLayer((call) =>
    call === "readAt" && state === "bad" ? { kind: "error", code: "EIO" } : undefined
  );
  await using store = await openSeedStore({ info, path, layer });
  const [first] = allPieces(info);
  assert(first !== undefined);
  state = "bad";
  await assertRejects(
    () => store.read(first, 0, new Uint8Array(1)),
    StorageChangedError,
    `${path}: the disk reports an error`, // and not that others have changed it
  );
  state = "good";
  assertEquals(await readable(store, sample), allPieces(info).slice(1));
});

Deno.test("a seed store keeps its pieces through a shortage of open files", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(sample, path);
  let state: "good" | "bad" = "bad";
  const layer = new FaultyLayer((call) =>
    call === "open" && state === "bad" ? { kind: "error", code: "EMFILE" } : undefined
  );
  await using store = await openSeedStore({ info, path, layer, held: "trusted" });
  const [first] = allPieces(info);
  assert(first !== undefined);
  const error = await assertRejects(() => store.read(first, 0, new Uint8Array(1)), StorageError);
  assertEquals(error.code, "EMFILE");
  state = "good";
  assertEquals((await readable(store, sample)).length, count);
});

Deno.test("openSeedStore() follows a link that the user names, and none inside the folder", async () => {
  const course = await folderSample();
  await using folder = await temporaryFolder();
  await writeSample(course, join(folder.path, "real"));
  await Deno.symlink(join(folder.path, "real"), join(folder.path, "link"));
  await using store = await openSeedStore({ info: course.info, path: join(folder.path, "link") });
  assert(store.held.isFull);
  await Deno.rename(join(folder.path, "real", "z.bin"), join(folder.path, "z.bin"));
  await Deno.symlink(join(folder.path, "z.bin"), join(folder.path, "real", "z.bin"));
  await using again = await openSeedStore({ info: course.info, path: join(folder.path, "link") });
  assertEquals(again.held.isFull, false);
});

Deno.test("openSeedStore() refuses what is not there, or is of another kind", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await assertRejects(() => openSeedStore({ info, path }), StorageError, "does not exist");
  await Deno.mkdir(path);
  await assertRejects(() => openSeedStore({ info, path }), StorageError, "must be a file");
  const course = await folderSample();
  await writeSample(sample, join(folder.path, "file"));
  await assertRejects(
    () => openSeedStore({ info: course.info, path: join(folder.path, "file") }),
    StorageError,
    "must be a folder",
  );
});

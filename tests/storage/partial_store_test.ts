import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  FileExistsError,
  openLibrary,
  openPartialStore,
  type PieceStore,
  StorageError,
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
  temporaryFolder,
  writeSample,
} from "./samples.ts";

async function put(store: PieceStore, sample: Sample, indices: Iterable<number>): Promise<void> {
  for (const index of indices) {
    const piece = sample.info.layout.pieceIndex(index);
    assertEquals(await store.put(piece, pieceOf(sample, piece)), "held");
  }
}

for (const make of [fileSample, folderSample]) {
  const sample = await make();
  const { info } = sample;

  Deno.test(`openPartialStore() fetches a ${info.shape} through Chunks/ into Original_Files/`, async () => {
    await using folder = await temporaryFolder();
    const library = await openLibrary(folder.path);
    await using store = await openPartialStore({ library, info });
    assertEquals((await namesIn(library.chunks)).sort(), [
      `${info.name}.partial`,
      `${info.name}.partial.journal`,
      `${info.name}.partial.lock`,
    ]);
    await put(store, sample, allPieces(info));
    assertEquals(await store.finish(), join(library.originals, info.name));
    assertEquals(await namesIn(library.chunks), []);
    assertSameBytes(await readSample(sample, join(library.originals, info.name)), sample.data);
  });

  Deno.test(`openPartialStore() fetches a ${info.shape} inside a folder of the user`, async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, "new", "out");
    await using store = await openPartialStore({ folder: out, info });
    await put(store, sample, allPieces(info));
    assertEquals(await store.finish(), join(out, info.name));
    assertEquals(await namesIn(out), [info.name]);
    assertSameBytes(await readSample(sample, join(out, info.name)), sample.data);
  });

  Deno.test(`openPartialStore() goes on with a ${info.shape} that was closed`, async () => {
    await using folder = await temporaryFolder();
    const first = await openPartialStore({ folder: folder.path, info });
    await put(first, sample, [0, 2, 3]);
    await first.close();
    const layer = new FaultyLayer();
    await using second = await openPartialStore({ folder: folder.path, info, layer });
    assertEquals([...second.held.ones()], [0, 2, 3]);
    assertEquals(layer.count("readAt"), 1, "only the journal");
    await put(second, sample, allPieces(info));
    assertSameBytes(await readSample(sample, await second.finish()), sample.data);
  });

  Deno.test(`openPartialStore() hashes a ${info.shape} again that a killed process left`, async () => {
    await using folder = await temporaryFolder();
    const layer = new FaultyLayer();
    const first = await openPartialStore({ folder: folder.path, info, layer });
    await put(first, sample, [0, 1, 4]);
    await layer.kill();
    const last = info.files.findLast((file) => file.offset <= 4 * PIECE_LENGTH);
    assert(last !== undefined);
    using file = await Deno.open(join(folder.path, `${info.name}.partial`, ...last.path), {
      write: true,
    });
    file.seekSync(4 * PIECE_LENGTH - last.offset, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array([pieceOf(sample, info.layout.pieceIndex(4))[0]! ^ 1]));
    for (const _attempt of ["as it was left", "as it was found"]) {
      await using store = await openPartialStore({ folder: folder.path, info });
      assertEquals([...store.held.ones()], [0, 1]);
    }
  });

  Deno.test(`finish() of a ${info.shape} is content with the same data in its place`, async () => {
    await using folder = await temporaryFolder();
    await using store = await openPartialStore({ folder: folder.path, info });
    await put(store, sample, allPieces(info));
    await writeSample(sample, join(folder.path, info.name));
    assertEquals(await store.finish(), join(folder.path, info.name));
    assertEquals(await namesIn(folder.path), [info.name]);
  });

  Deno.test(`finish() of a ${info.shape} leaves different data alone, and loses nothing`, async () => {
    await using folder = await temporaryFolder();
    const other = await make();
    other.data[0]! ^= 1;
    const store = await openPartialStore({ folder: folder.path, info });
    await put(store, sample, allPieces(info));
    await writeSample(other, join(folder.path, info.name));
    await assertRejects(() => store.finish(), FileExistsError, "move it away");
    await store.close();
    assertSameBytes(await readSample(other, join(folder.path, info.name)), other.data);
    await assertRejects(() => openPartialStore({ folder: folder.path, info }), FileExistsError);
    await Deno.remove(join(folder.path, info.name), { recursive: true });
    await using again = await openPartialStore({ folder: folder.path, info });
    assert(again.held.isFull);
    assertSameBytes(await readSample(sample, await again.finish()), sample.data);
  });

  Deno.test(`openPartialStore() has all of a ${info.shape} that is in its place already`, async () => {
    await using folder = await temporaryFolder();
    await writeSample(sample, join(folder.path, info.name));
    await using store = await openPartialStore({ folder: folder.path, info });
    assert(store.held.isFull);
    assertEquals(await store.finish(), join(folder.path, info.name));
    assertEquals(await namesIn(folder.path), [info.name]);
  });

  Deno.test(`openPartialStore() hashes all of a ${info.shape} that has no journal`, async () => {
    await using folder = await temporaryFolder();
    await writeSample(sample, join(folder.path, `${info.name}.partial`));
    await using store = await openPartialStore({ folder: folder.path, info });
    assert(store.held.isFull);
  });

  Deno.test(`openPartialStore() looks again at a ${info.shape} that was cut short`, async () => {
    await using folder = await temporaryFolder();
    const first = await openPartialStore({ folder: folder.path, info });
    await put(first, sample, allPieces(info));
    await first.close();
    const last = info.files.findLast((file) => file.length > 0);
    assert(last !== undefined);
    await Deno.truncate(join(folder.path, `${info.name}.partial`, ...last.path), 100);
    await using store = await openPartialStore({ folder: folder.path, info });
    const lost = allPieces(info).filter((index) => !store.held.has(index));
    assertEquals(
      lost,
      allPieces(info).filter((index) =>
        info.layout.pieceOffset(index) + info.layout.pieceSize(index) > last.offset + 100
      ),
    );
  });
}

const sample = await fileSample();
const { info } = sample;

Deno.test("openPartialStore() does not follow a link in the place of its data", async () => {
  await using folder = await temporaryFolder();
  const victim = join(folder.path, "victim");
  await Deno.writeTextFile(victim, "precious");
  await Deno.symlink(victim, join(folder.path, `${info.name}.partial`));
  await assertRejects(
    () => openPartialStore({ folder: folder.path, info }),
    StorageError,
    "it is a link",
  );
  assertEquals(await Deno.readTextFile(victim), "precious");
});

Deno.test("openPartialStore() does not follow a link inside a folder", async () => {
  const course = await folderSample();
  await using folder = await temporaryFolder();
  await using outside = await temporaryFolder();
  const first = await openPartialStore({ folder: folder.path, info: course.info });
  await first.close();
  await Deno.remove(join(folder.path, "course.partial", "a"), { recursive: true });
  await Deno.symlink(outside.path, join(folder.path, "course.partial", "a"));
  await assertRejects(
    () => openPartialStore({ folder: folder.path, info: course.info }),
    StorageError,
    "it is a link",
  );
  assertEquals(await namesIn(outside.path), []);
});

Deno.test("openPartialStore() takes a name as long as names may be", async () => {
  const long = await fileSample({ name: `${"\u6f22".repeat(78)}.video` });
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  const first = await openPartialStore({ library, info: long.info });
  await put(first, long, [0]);
  await first.close();
  await using second = await openPartialStore({ library, info: long.info });
  assertEquals([...second.held.ones()], [0]);
  await put(second, long, allPieces(long.info));
  assertSameBytes(await readSample(long, await second.finish()), long.data);
});

Deno.test("openPartialStore() finishes a torrent of one empty file", async () => {
  const empty = await fileSample({ name: "empty", length: 0 });
  await using folder = await temporaryFolder();
  await using store = await openPartialStore({ folder: folder.path, info: empty.info });
  assert(store.held.isFull);
  assertSameBytes(await readSample(empty, await store.finish()), empty.data);
});

Deno.test("openPartialStore() ends when it is told to, and frees the store", async () => {
  await using folder = await temporaryFolder();
  await writeSample(sample, join(folder.path, `${info.name}.partial`));
  const abort = new AbortController();
  await assertRejects(
    () =>
      openPartialStore({
        folder: folder.path,
        info,
        signal: abort.signal,
        onProgress: () => abort.abort(new RangeError("enough")),
      }),
    RangeError,
    "enough",
  );
  await using store = await openPartialStore({ folder: folder.path, info });
  assert(store.held.isFull);
});

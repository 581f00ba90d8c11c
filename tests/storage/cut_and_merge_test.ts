import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { parseTorrent, UnsafePathError } from "../../lib/metainfo/mod.ts";
import {
  ChunkMismatchError,
  ChunkMissingError,
  cutIntoChunks,
  FileExistsError,
  type Library,
  mergeChunks,
  NoSpaceError,
  openChunkStore,
  openLibrary,
  StorageError,
  StoreInUseError,
} from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import {
  assertSameBytes,
  fileSample,
  folderSample,
  namesIn,
  PIECE_LENGTH,
  readSample,
  type Sample,
  temporaryFolder,
  writeSample,
} from "./samples.ts";

async function libraryWith(sample: Sample, folder: string): Promise<Library> {
  const library = await openLibrary(folder);
  await writeSample(sample, join(library.originals, sample.info.name));
  return library;
}

for (const make of [fileSample, folderSample]) {
  const sample = await make();
  const { name, shape, layout } = sample.info;

  Deno.test(`cutIntoChunks() and mergeChunks() give the same ${shape} back`, async () => {
    await using folder = await temporaryFolder();
    const library = await libraryWith(sample, folder.path);
    const cut = await cutIntoChunks({ library, path: name, pieceLength: PIECE_LENGTH });
    assertEquals(cut.info.infoHash, sample.info.infoHash);
    assertEquals(cut.partPaths.length, layout.pieceCount);
    for (const [index, path] of cut.partPaths.entries()) {
      assertEquals(path, join(library.chunks, `${name}.part${index + 1}`));
      assertEquals(
        await Deno.readFile(path),
        sample.data.slice(index * PIECE_LENGTH, (index + 1) * PIECE_LENGTH),
      );
    }
    assertEquals(cut.torrentPath, join(library.chunks, `${name}.torrent`));
    const torrent = await parseTorrent(await Deno.readFile(cut.torrentPath));
    assertEquals(torrent.info.infoHash, sample.info.infoHash);

    await Deno.remove(join(library.originals, name), { recursive: true });
    const path = await mergeChunks({ library, name });
    assertEquals(path, join(library.originals, name));
    assertSameBytes(await readSample(sample, path), sample.data);
    assertEquals((await namesIn(library.chunks)).length, layout.pieceCount + 1);
  });
}

const sample = await fileSample();
const { name, layout } = sample.info;

Deno.test("cutIntoChunks() makes chunks of 524,288 bytes but the last", async () => {
  const film = await fileSample({ length: 3 * 524_288 + 1 });
  await using folder = await temporaryFolder();
  const library = await libraryWith(film, folder.path);
  const { partPaths } = await cutIntoChunks({ library, path: name });
  const sizes = await Promise.all(partPaths.map(async (path) => (await Deno.stat(path)).size));
  assertEquals(sizes, [524_288, 524_288, 524_288, 1]);
});

Deno.test("cutIntoChunks() cuts a file anywhere, and writes trackers into the torrent", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "elsewhere", name);
  await writeSample(sample, path);
  const library = await openLibrary(join(folder.path, "library"));
  const trackers = [["http://127.0.0.1:6969/announce"]];
  const { torrentPath } = await cutIntoChunks({ library, path, torrent: { trackers } });
  assertEquals((await parseTorrent(await Deno.readFile(torrentPath))).trackers, trackers);
});

Deno.test("cutIntoChunks() replaces the chunks of an older file of that name", async () => {
  await using folder = await temporaryFolder();
  const library = await libraryWith(await fileSample({ seed: 7 }), folder.path);
  await cutIntoChunks({ library, path: name, pieceLength: PIECE_LENGTH });
  await writeSample(sample, join(library.originals, name));
  await cutIntoChunks({ library, path: name, pieceLength: PIECE_LENGTH });
  await Deno.remove(join(library.originals, name));
  assertSameBytes(await readSample(sample, await mergeChunks({ library, name })), sample.data);
});

Deno.test("cutIntoChunks() refuses what is not there, not safe, in use, or too big for the disk", async () => {
  await using folder = await temporaryFolder();
  const library = await libraryWith(sample, folder.path);
  await assertRejects(
    () => cutIntoChunks({ library, path: "mv9.mp4" }),
    StorageError,
    "Cannot find mv9.mp4",
  );
  await Deno.writeTextFile(join(library.originals, "x.part1"), "");
  await assertRejects(() => cutIntoChunks({ library, path: "x.part1" }), UnsafePathError);
  {
    await using _store = await openChunkStore({ library, info: sample.info });
    await assertRejects(() => cutIntoChunks({ library, path: name }), StoreInUseError);
  }
  const full = new FaultyLayer();
  full.freeSpace = () => Promise.resolve(1_000);
  const error = await assertRejects(
    async () => cutIntoChunks({ library: await openLibrary(folder.path, full), path: name }),
    NoSpaceError,
    "1000 left",
  );
  assertEquals(error.space, { needed: sample.data.length, available: 1_000 });
  assertEquals(await namesIn(library.chunks), []);
});

Deno.test("mergeChunks() names the missing chunks and writes nothing", async () => {
  await using folder = await temporaryFolder();
  const library = await libraryWith(sample, folder.path);
  await cutIntoChunks({ library, path: name, pieceLength: PIECE_LENGTH });
  await Deno.remove(join(library.originals, name));
  const gone = [1, 4, 5, 6, 8, 10, 11];
  for (const index of gone) await Deno.remove(library.partPath(name, index));
  const error = await assertRejects(() => mergeChunks({ library, name }), ChunkMissingError);
  assertEquals(error.faults, {
    missing: gone.map((index) => `${name}.part${index + 1}`),
    wrong: [],
  });
  assertEquals(
    error.message,
    "Cannot merge film.mp4: film.mp4.part2, film.mp4.part5, film.mp4.part6, film.mp4.part7, " +
      "film.mp4.part9 and 2 more missing; fetch or cut these chunks again",
  );
  assertEquals(await namesIn(library.originals), []);
});

Deno.test("mergeChunks() names the wrong chunks, however little is wrong with them", async () => {
  await using folder = await temporaryFolder();
  const library = await libraryWith(sample, folder.path);
  await cutIntoChunks({ library, path: name, pieceLength: PIECE_LENGTH });
  await Deno.remove(join(library.originals, name));
  const bytes = await Deno.readFile(library.partPath(name, 9));
  bytes[bytes.length - 1]! ^= 1;
  await Deno.writeFile(library.partPath(name, 9), bytes);
  await Deno.writeFile(library.partPath(name, 11), new Uint8Array(1), { append: true });
  await Deno.remove(library.partPath(name, 2));
  const error = await assertRejects(
    () => mergeChunks({ library, name }),
    ChunkMismatchError,
    "film.mp4.part10, film.mp4.part12 not what the torrent says, film.mp4.part3 missing",
  );
  assertEquals(error.faults.wrong, [`${name}.part10`, `${name}.part12`]);
  assertEquals(await namesIn(library.originals), []);
});

Deno.test("mergeChunks() never overwrites a different file, and is content with the same", async () => {
  await using folder = await temporaryFolder();
  const library = await libraryWith(sample, folder.path);
  await cutIntoChunks({ library, path: name, pieceLength: PIECE_LENGTH });
  assertEquals(await mergeChunks({ library, name }), join(library.originals, name));
  await Deno.writeTextFile(join(library.originals, name), "precious");
  await assertRejects(() => mergeChunks({ library, name }), FileExistsError);
  assertEquals(await Deno.readTextFile(join(library.originals, name)), "precious");
});

Deno.test("mergeChunks() needs the torrent file, and that of this very name", async () => {
  await using folder = await temporaryFolder();
  const library = await libraryWith(sample, folder.path);
  await assertRejects(() => mergeChunks({ library, name }), StorageError, `${name}.torrent`);
  const { torrentPath } = await cutIntoChunks({ library, path: name });
  await Deno.rename(torrentPath, library.torrentPath("other.mp4"));
  await assertRejects(
    () => mergeChunks({ library, name: "other.mp4" }),
    StorageError,
    "is the torrent of film.mp4",
  );
});

Deno.test("mergeChunks() may be killed at any file call and be asked again", async () => {
  const short = await fileSample({ length: 2.5 * PIECE_LENGTH });
  for (let n = 1, outcome: unknown = "failed"; typeof outcome !== "undefined"; n++) {
    assert(n < 1_000, "no end of file calls");
    await using folder = await temporaryFolder();
    const library = await libraryWith(short, folder.path);
    await cutIntoChunks({ library, path: name, pieceLength: PIECE_LENGTH });
    await Deno.remove(join(library.originals, name));
    const layer = FaultyLayer.nth(n, "all", { kind: "kill" });
    outcome = await (async () => {
      await mergeChunks({ library: await openLibrary(folder.path, layer), name });
    })().catch((error) => error);
    await layer.kill();
    if (outcome !== undefined) assert(outcome instanceof StorageError, String(outcome));
    const path = await mergeChunks({ library, name });
    assertSameBytes(await readSample(short, path), short.data);
    assertEquals(await namesIn(library.originals), [name]);
    const names = (await namesIn(library.chunks)).filter((each) => !/\.part\d$/.test(each));
    assertEquals(names, [`${name}.torrent`]);
  }
});

Deno.test("cutIntoChunks() and mergeChunks() tell their progress and can be ended", async () => {
  await using folder = await temporaryFolder();
  const library = await libraryWith(sample, folder.path);
  const signal = AbortSignal.abort(new RangeError("enough"));
  await assertRejects(() => cutIntoChunks({ library, path: name, signal }), RangeError, "enough");
  let doneBytes = 0;
  const onProgress = (step: { doneBytes: number }) => doneBytes = step.doneBytes;
  await cutIntoChunks({ library, path: name, onProgress });
  assertEquals(doneBytes, layout.totalLength);
  await assertRejects(() => mergeChunks({ library, name, signal }), RangeError, "enough");
  doneBytes = 0;
  await mergeChunks({ library, name, onProgress });
  assertEquals(doneBytes, layout.totalLength);
});

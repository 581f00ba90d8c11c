import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ChunkMissingError,
  cutIntoChunks,
  mergeChunks,
  NoSpaceError,
  openChunkStore,
  openLibrary,
  type StorageProgress,
} from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import {
  allPieces,
  fileSample,
  namesIn,
  PIECE_LENGTH,
  pieceOf,
  temporaryFolder,
  writeSample,
} from "./samples.ts";

const sample = await fileSample();
const { info } = sample;

Deno.test("openChunkStore() makes sure of room for the missing pieces and the merged file", async () => {
  await using folder = await temporaryFolder();
  const layer = new FaultyLayer();
  const library = await openLibrary(folder.path, layer);
  {
    await using store = await openChunkStore({ library, info });
    const [first] = allPieces(info);
    assert(first !== undefined);
    await store.put(first, pieceOf(sample, first));
  }
  const needed = 2 * sample.data.length - PIECE_LENGTH;
  layer.freeSpace = () => Promise.resolve(needed - 1);
  const error = await assertRejects(() => openChunkStore({ library, info }), NoSpaceError);
  assertEquals(error.space, { needed, available: needed - 1 });
  {
    await using serving = await openChunkStore({ library, info, intent: "serve" });
    assertEquals(serving.held.count, 1);
  }
  layer.freeSpace = () => Promise.resolve(needed);
  {
    await using store = await openChunkStore({ library, info });
    for (const index of allPieces(info)) await store.put(index, pieceOf(sample, index));
  }
  layer.freeSpace = () => Promise.resolve(0);
  await using whole = await openChunkStore({ library, info });
  assert(whole.held.isFull);
});

Deno.test("mergeChunks() names missing chunks however little room there is", async () => {
  await using folder = await temporaryFolder();
  const layer = new FaultyLayer();
  const library = await openLibrary(folder.path, layer);
  await writeSample(sample, library.originalPath(info.name));
  const cut = await cutIntoChunks({ library, path: info.name, pieceLength: PIECE_LENGTH });
  await Deno.remove(library.originalPath(info.name));
  await Deno.remove(cut.partPaths[2] ?? "");
  layer.freeSpace = () => Promise.resolve(0);
  await assertRejects(() => mergeChunks({ library, name: info.name }), ChunkMissingError, ".part3");
});

Deno.test("mergeChunks() tells how far the copy is, and ends in it when it is told to", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  await writeSample(sample, library.originalPath(info.name));
  await cutIntoChunks({ library, path: info.name, pieceLength: PIECE_LENGTH });
  await Deno.remove(library.originalPath(info.name));
  const abort = new AbortController();
  const told: StorageProgress[] = [];
  const merge = mergeChunks({
    library,
    name: info.name,
    signal: abort.signal,
    onProgress: (progress) => {
      told.push(progress);
      // Each chunk is hashed once before the first is copied.
      if (told.length === info.layout.pieceCount + 1) abort.abort(new RangeError("enough"));
    },
  });
  await assertRejects(() => merge, RangeError, "enough");
  assertEquals(told[0]?.doneBytes, told.at(info.layout.pieceCount)?.doneBytes);
  assertEquals(await namesIn(library.originals), []);
  await mergeChunks({ library, name: info.name });
  assertEquals(await namesIn(library.originals), [info.name]);
});

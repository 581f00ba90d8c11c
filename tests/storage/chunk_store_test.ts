import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  FileExistsError,
  type Library,
  openChunkStore,
  openLibrary,
  StorageChangedError,
  StorageError,
  StoreInUseError,
} from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import {
  allPieces,
  assertSameBytes,
  fileSample,
  namesIn,
  pieceOf,
  readSample,
  temporaryFolder,
  writeSample,
} from "./samples.ts";

const sample = await fileSample();
const { info } = sample;
const count = info.layout.pieceCount;

async function writeParts(library: Library, indices: Iterable<number>): Promise<void> {
  await Deno.mkdir(library.chunks, { recursive: true });
  for (const index of indices) {
    const piece = info.layout.pieceIndex(index);
    await Deno.writeFile(library.partPath(info.name, piece), pieceOf(sample, piece));
  }
}

Deno.test("openChunkStore() holds what its files hold: part1 is piece 0, part12 is piece 11", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  await writeParts(library, [0, 1, 9, 10, 11]);
  assertEquals((await namesIn(library.chunks)).slice(0, 4), [
    "film.mp4.part1",
    "film.mp4.part10",
    "film.mp4.part11",
    "film.mp4.part12",
  ]);
  await using store = await openChunkStore({ library, info });
  assertEquals([...store.held.ones()], [0, 1, 9, 10, 11]);
});

Deno.test("openChunkStore() does not hold files that are longer, shorter, swapped or damaged", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  await writeParts(library, allPieces(info));
  const part = (index: number) => library.partPath(info.name, index);
  await Deno.writeFile(part(1), new Uint8Array(1), { append: true });
  await Deno.truncate(part(3), 100);
  await Deno.truncate(part(5), 0);
  await Deno.rename(part(7), `${part(7)}.x`);
  await Deno.copyFile(part(8), part(7));
  const damaged = await Deno.readFile(part(9));
  damaged[100]! ^= 1;
  await Deno.writeFile(part(9), damaged);
  {
    await using store = await openChunkStore({ library, info });
    assertEquals([...store.held.ones()], [0, 2, 4, 6, 8, 10, 11, 12]);
    for (const index of allPieces(info)) {
      assertEquals(await store.put(index, pieceOf(sample, index)), "held");
    }
  }
  await using again = await openChunkStore({ library, info });
  assert(again.held.isFull);
});

Deno.test("a chunk store writes files of exactly the pieces, and keeps them when it merges", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  await using store = await openChunkStore({ library, info });
  for (const index of allPieces(info)) {
    await store.put(index, pieceOf(sample, index));
    assertEquals(await Deno.readFile(library.partPath(info.name, index)), pieceOf(sample, index));
  }
  assertEquals(await store.finish(), join(library.originals, info.name));
  assertSameBytes(await readSample(sample, join(library.originals, info.name)), sample.data);
  await store.close();
  const parts = allPieces(info).map((index) => `${info.name}.part${index + 1}`);
  assertEquals(await namesIn(library.chunks), parts.sort());
});

Deno.test("openChunkStore() removes what a killed process left of chunk files, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  await writeParts(library, [0, 3]);
  for (const name of ["film.mp4.part1.tmp", "film.mp4.part5.tmp", "film.mp4.part99.tmp", "a.tmp"]) {
    await Deno.writeTextFile(join(library.chunks, name), "half");
  }
  for (const intent of ["serve", "fetch"] as const) {
    await using store = await openChunkStore({ library, info, intent });
    assertEquals([...store.held.ones()], [0, 3]);
    const left = (await namesIn(library.chunks)).filter((name) => name.endsWith(".tmp"));
    const others = ["a.tmp", "film.mp4.part99.tmp"];
    const ours = ["film.mp4.part1.tmp", "film.mp4.part5.tmp"];
    assertEquals(left, (intent === "serve" ? [...others, ...ours] : others).sort());
  }
});

Deno.test("a chunk store does not merge over another file", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  await writeParts(library, allPieces(info));
  await Deno.mkdir(library.originals);
  await Deno.writeTextFile(join(library.originals, info.name), "precious");
  await using store = await openChunkStore({ library, info });
  await assertRejects(() => store.finish(), FileExistsError);
  assertEquals(await Deno.readTextFile(join(library.originals, info.name)), "precious");
});

Deno.test("a chunk store notices a file that is changed underneath, before it serves or merges it", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  await writeParts(library, allPieces(info));
  await using store = await openChunkStore({ library, info });
  const [first, second] = allPieces(info);
  assert(first !== undefined && second !== undefined);
  for (const index of [first, second]) {
    const path = library.partPath(info.name, index);
    const bytes = await Deno.readFile(path);
    bytes[0]! ^= 1;
    await Deno.writeFile(path, bytes);
    await Deno.utime(path, new Date(), new Date(Date.now() + 60_000));
  }
  await assertRejects(() => store.read(first, 9, new Uint8Array(9)), StorageChangedError);
  assertEquals(await store.put(first, pieceOf(sample, first)), "held");
  const bytes = new Uint8Array(9);
  await store.read(first, 9, bytes);
  assertSameBytes(bytes, pieceOf(sample, first).slice(9, 18));
  await assertRejects(() => store.finish(), StorageChangedError);
  assertEquals(store.held.count, count - 1);
  assertEquals(await namesIn(library.originals).catch(() => []), []);
});

Deno.test("a chunk store does not hash a piece again that was just put", async () => {
  await using folder = await temporaryFolder();
  const layer = new FaultyLayer();
  const library = await openLibrary(folder.path, layer);
  await using store = await openChunkStore({ library, info });
  const [first] = allPieces(info);
  assert(first !== undefined);
  await store.put(first, pieceOf(sample, first));
  await store.read(first, 9, new Uint8Array(9));
  assertEquals(layer.count("readAt"), 1);
});

Deno.test("openChunkStore() finds chunk files in use", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  await using store = await openChunkStore({ library, info });
  await assertRejects(() => openChunkStore({ library, info }), StoreInUseError, `${Deno.pid}`);
  assert(store.held.isEmpty);
});

Deno.test("openChunkStore() serves a folder that cannot be written, without a lock", async () => {
  await using folder = await temporaryFolder();
  await writeParts(await openLibrary(folder.path), [0, 1]);
  const layer = new FaultyLayer((call, _count, path) =>
    call === "open" && !/part\d+$/.test(path) || call === "rename"
      ? { kind: "error", code: "EROFS" }
      : undefined
  );
  const library = await openLibrary(folder.path, layer);
  await using store = await openChunkStore({ library, info });
  assertEquals([...store.held.ones()], [0, 1]);
  const [, , third] = allPieces(info);
  assert(third !== undefined);
  const error = await assertRejects(() => store.put(third, pieceOf(sample, third)), StorageError);
  assertEquals(error.code, "EROFS");
});

Deno.test("a chunk store outlives a full disk at any write, and a kill at any call", async () => {
  for (const fault of [{ kind: "error", code: "ENOSPC" }, { kind: "kill" }] as const) {
    for (let n = 1, outcome: unknown = "failed"; outcome !== "done"; n++) {
      assert(n < 1_000, "no end of file calls");
      await using folder = await temporaryFolder();
      const kinds = fault.kind === "kill" ? "all" : ["writeAt"] as const;
      const layer = FaultyLayer.nth(n, kinds, fault);
      const held = new Set<number>();
      outcome = await (async () => {
        await using store = await openChunkStore({
          library: await openLibrary(folder.path, layer),
          info,
        });
        for (const index of allPieces(info)) {
          await store.put(index, pieceOf(sample, index));
          held.add(index);
        }
        return "done";
      })().catch((error) => error);
      await layer.kill();
      if (outcome !== "done") assert(outcome instanceof StorageError, String(outcome));
      await using again = await openChunkStore({ library: await openLibrary(folder.path), info });
      assertEquals([...again.held.ones()], [...held]);
      assertEquals(held.size < count, outcome !== "done");
    }
  }
});

Deno.test("openChunkStore() does not follow a link in the place of a chunk file", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  await writeParts(library, [0]);
  const [first] = allPieces(info);
  assert(first !== undefined);
  const outside = join(folder.path, "outside");
  await Deno.rename(library.partPath(info.name, first), outside);
  await Deno.symlink(outside, library.partPath(info.name, first));
  await using store = await openChunkStore({ library, info });
  assert(store.held.isEmpty);
  await store.put(first, pieceOf(sample, first));
  assertEquals((await Deno.lstat(library.partPath(info.name, first))).isFile, true);
});

Deno.test("a chunk store is content with the merged file that is there already", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  await writeParts(library, allPieces(info));
  await writeSample(sample, join(library.originals, info.name));
  await using store = await openChunkStore({ library, info });
  assertEquals(await store.finish(), join(library.originals, info.name));
});

Deno.test("A chunk store is read while it is merged, and two merges follow each other", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  await writeParts(library, allPieces(info));
  await using store = await openChunkStore({ library, info, intent: "serve" });
  const first = info.layout.pieceIndex(0);
  const reads: Promise<void>[] = [];
  let isMerged = false;
  const merging = store.finish({
    onProgress() {
      if (reads.length > 0) return;
      const target = new Uint8Array(info.pieceLength);
      reads.push(
        store.read(first, 0, target).then(() => {
          assert(!isMerged, "it had to wait for the end of the merge");
          assertSameBytes(target, pieceOf(sample, first));
        }),
      );
    },
  }).finally(() => isMerged = true);
  assertEquals(await store.finish(), await merging);
  assertEquals(reads.length, 1);
  await Promise.all(reads);
  assertSameBytes(await readSample(sample, await merging), sample.data);
});

Deno.test("A merge ends by the signal that it is given, and can be done again", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  await writeParts(library, allPieces(info));
  await using store = await openChunkStore({ library, info, intent: "serve" });
  const ended = new AbortController();
  const work = { signal: ended.signal, onProgress: () => ended.abort() };
  await assertRejects(() => store.finish(work), DOMException);
  assertSameBytes(await readSample(sample, await store.finish()), sample.data);
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  FileExistsError,
  NoSpaceError,
  openLibrary,
  openPartialStore,
} from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import {
  assertSameBytes,
  fileSample,
  folderSample,
  namesIn,
  PIECE_LENGTH,
  pieceOf,
  temporaryFolder,
  writeSample,
} from "./samples.ts";
import { assertHeldIsRight, filesIn, putWanted } from "./selection.ts";

const sample = await folderSample();
const { info } = sample;
const partial = `${info.name}.partial`;

/** Places of files in the sample. */
const [HIDDEN, ONE, EMPTY, TWO, , LECTURE, Z] = info.files.keys();
assert(HIDDEN !== undefined && ONE !== undefined && EMPTY !== undefined);
assert(TWO !== undefined && LECTURE !== undefined && Z !== undefined);

Deno.test("openPartialStore() makes no file that is not selected, before and after finish()", async () => {
  await using root = await temporaryFolder();
  const library = await openLibrary(root.path);
  await using store = await openPartialStore({ library, info, select: new Set([EMPTY, Z]) });
  assertEquals([...store.wanted.ones()], [3, 4, 5]);
  await putWanted(store, sample);
  const selected = ["a/empty", "z.bin"];
  assertEquals(await filesIn(join(library.chunks, partial)), selected);
  const path = await store.finish();
  assertEquals(path, join(library.originals, info.name));
  assertEquals(await filesIn(path), selected);
  assertEquals(await namesIn(path), ["a", "z.bin"]);
  const file = info.files[Z];
  assert(file !== undefined);
  assertSameBytes(
    await Deno.readFile(join(path, "z.bin")),
    sample.data.subarray(file.offset, file.offset + file.length),
  );
  assertEquals(await namesIn(library.chunks), [`${partial}.aside`]);
  await assertHeldIsRight(store, sample);
});

Deno.test("what lies aside is no more than the wanted pieces have", async () => {
  await using folder = await temporaryFolder();
  await using store = await openPartialStore({ folder: folder.path, info, select: new Set([TWO]) });
  await putWanted(store, sample);
  const aside = join(folder.path, `${partial}.aside`);
  let bytes = 0;
  for (const name of await namesIn(aside)) bytes += (await Deno.stat(join(aside, name))).size;
  assertEquals([...store.wanted.ones()], [3]);
  assertEquals(bytes, PIECE_LENGTH - 1);
});

for (const place of ["library", "folder"] as const) {
  Deno.test(`the same selection again finds everything right that was finished in a ${place}`, async () => {
    await using root = await temporaryFolder();
    const where = place === "library"
      ? { library: await openLibrary(root.path) }
      : { folder: root.path };
    const options = { ...where, info, select: new Set([TWO, LECTURE]) };
    {
      await using store = await openPartialStore(options);
      await putWanted(store, sample);
      await store.finish();
    }
    const before = await filesIn(root.path);
    {
      await using store = await openPartialStore(options);
      assertEquals(store.held.toBytes(), store.wanted.toBytes());
      await assertHeldIsRight(store, sample);
      assertEquals(await filesIn(await store.finish()), [
        "a/two.bin",
        "lecture \u00e9\u6f22\u5b57 \u{1f3ac}.txt",
      ]);
    }
    assertEquals(await filesIn(root.path), before);
  });
}

Deno.test("a smaller selection is found in what a larger one has finished, and the larger one still is", async () => {
  await using folder = await temporaryFolder();
  const open = (...files: number[]) =>
    openPartialStore({ folder: folder.path, info, select: new Set(files) });
  {
    await using store = await open(TWO, EMPTY, LECTURE);
    await putWanted(store, sample);
    await store.finish();
  }
  for (const files of [[LECTURE], [TWO], [EMPTY], [TWO, EMPTY], [TWO, EMPTY, LECTURE]]) {
    await using store = await open(...files);
    assertEquals(store.held.toBytes(), store.wanted.toBytes());
    await assertHeldIsRight(store, sample);
    await store.finish();
  }
});

Deno.test("a larger selection than was finished is refused with the way out, and touches nothing", async () => {
  await using folder = await temporaryFolder();
  const open = (select?: ReadonlySet<number>) =>
    openPartialStore({ folder: folder.path, info, ...(select && { select }) });
  {
    await using store = await open(new Set([LECTURE]));
    await putWanted(store, sample);
    await store.finish();
  }
  const before = await filesIn(folder.path);
  const cases = [[new Set([LECTURE, Z]), "z.bin"], [undefined, ".hidden"], [
    new Set([ONE]),
    "a/deep/one.bin",
  ]] as const;
  for (const [select, missing] of cases) {
    const error = await assertRejects(() => open(select), FileExistsError, "is there without");
    assert(error.message.includes("choose another folder"), error.message);
    assert(error.message.includes(missing), error.message);
    assertEquals(await filesIn(folder.path), before);
  }
});

Deno.test("a selection is found in a folder that has all files, with nothing aside", async () => {
  await using folder = await temporaryFolder();
  await writeSample(sample, join(folder.path, info.name));
  await using store = await openPartialStore({ folder: folder.path, info, select: new Set([TWO]) });
  assertEquals([...store.held.ones()], [3]);
  await assertHeldIsRight(store, sample);
  assertEquals(await namesIn(folder.path).then((names) => names.at(0)), info.name);
});

Deno.test("a selection of everything is the same as none", async () => {
  const [all, none] = [new Set(info.files.keys()), undefined];
  for (const [first, second] of [[all, none], [none, all]]) {
    await using folder = await temporaryFolder();
    {
      await using store = await openPartialStore({ folder: folder.path, info, select: first });
      assert(store.wanted.isFull);
      await store.put(info.layout.pieceIndex(1), pieceOf(sample, info.layout.pieceIndex(1)));
    }
    const layer = new FaultyLayer();
    const options = { folder: folder.path, info, select: second, layer };
    await using store = await openPartialStore(options);
    assertEquals([...store.held.ones()], [1]);
    assertEquals(layer.count("readAt"), 1, "only the journal");
    await putWanted(store, sample);
    await store.finish();
    assertEquals(await namesIn(folder.path), [info.name]);
  }
});

Deno.test("a selection of empty files finishes with nothing put", async () => {
  await using folder = await temporaryFolder();
  await using store = await openPartialStore({
    folder: folder.path,
    info,
    select: new Set([EMPTY]),
  });
  assert(store.wanted.isEmpty);
  assertEquals(await filesIn(await store.finish()), ["a/empty"]);
});

Deno.test("openPartialStore() refuses a selection of nothing, or of files that there are not", async () => {
  const file = await fileSample();
  await using folder = await temporaryFolder();
  for (
    const [{ info }, select] of [[sample, []], [sample, [8]], [file, [1]], [file, []]] as const
  ) {
    await assertRejects(
      () => openPartialStore({ folder: folder.path, info, select: new Set(select) }),
      RangeError,
    );
  }
  assertEquals(await namesIn(folder.path), []);
});

Deno.test("a selection needs room for its pieces only", async () => {
  await using folder = await temporaryFolder();
  const layer = new FaultyLayer();
  const options = { folder: folder.path, info, layer, select: new Set([Z]) };
  const needed = sample.data.length - 3 * PIECE_LENGTH;
  layer.freeSpace = () => Promise.resolve(needed - 1);
  const error = await assertRejects(() => openPartialStore(options), NoSpaceError);
  assertEquals(error.space, { needed, available: needed - 1 });
  assertEquals(await namesIn(folder.path), []);
  layer.freeSpace = () => Promise.resolve(needed);
  await using store = await openPartialStore(options);
  await putWanted(store, sample);
});

Deno.test("a selection that is moved to another disk is copied without the other files", async () => {
  await using root = await temporaryFolder();
  let state: "far" | "near" = "far";
  const layer = new FaultyLayer((call, _count, path) => {
    if (state === "near" || call !== "rename" || !path.endsWith(info.name)) return;
    state = "near";
    return { kind: "error", code: "EXDEV" };
  });
  const library = await openLibrary(root.path, layer);
  await using store = await openPartialStore({ library, info, select: new Set([LECTURE]) });
  await putWanted(store, sample);
  const path = await store.finish();
  assertEquals(state, "near");
  assertEquals((await namesIn(path)).length, 1);
  await assertHeldIsRight(store, sample);
  assertEquals(await namesIn(library.chunks), [`${partial}.aside`]);
});

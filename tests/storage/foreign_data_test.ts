import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  FileExistsError,
  NoSpaceError,
  openPartialStore,
  StorageError,
  writeFileAtomic,
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
  sampleBytes,
  temporaryFolder,
} from "./samples.ts";

const sample = await fileSample();
const { info } = sample;
const partial = `${info.name}.partial`;

for (const length of [0, 20, 2 * sample.data.length]) {
  Deno.test(`openPartialStore() leaves a NAME.partial of ${length} bytes alone that is not ours`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, partial);
    const precious = sampleBytes(length, 77);
    await Deno.writeFile(path, precious);
    const error = await assertRejects(
      () => openPartialStore({ folder: folder.path, info }),
      FileExistsError,
      "move it away",
    );
    assertEquals(error.path, path);
    assertSameBytes(await Deno.readFile(path), precious);
    assertEquals(await namesIn(folder.path), [partial]);
  });
}

Deno.test("openPartialStore() leaves a folder NAME.partial alone that is not ours", async () => {
  const course = await folderSample();
  for (const { info } of [course, sample]) {
    await using folder = await temporaryFolder();
    const path = join(folder.path, `${info.name}.partial`);
    await Deno.mkdir(path);
    await Deno.writeTextFile(join(path, "z.bin"), "precious");
    await assertRejects(() => openPartialStore({ folder: folder.path, info }), FileExistsError);
    assertEquals(await namesIn(path), ["z.bin"]);
    assertEquals(await Deno.readTextFile(join(path, "z.bin")), "precious");
  }
});

Deno.test("openPartialStore() knows data as its own that it made and then could not take back", async () => {
  await using folder = await temporaryFolder();
  const where = { folder: folder.path, info };
  const layer = new FaultyLayer((call, _, path) => {
    const fails = path.endsWith(".partial") && (call === "truncate" || call === "remove");
    return fails ? { kind: "error", code: "EIO" } : undefined;
  });
  await assertRejects(() => openPartialStore({ ...where, layer }), StorageError);
  assertEquals((await namesIn(folder.path)).includes(partial), true);
  await using store = await openPartialStore(where);
  assertEquals(store.held.count, 0);
});

Deno.test("openPartialStore() goes on with data of another length that has a piece", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(join(folder.path, partial), sample.data.subarray(0, 1.5 * PIECE_LENGTH));
  await using store = await openPartialStore({ folder: folder.path, info });
  assertEquals([...store.held.ones()], [0]);
  for (const index of allPieces(info)) await store.put(index, pieceOf(sample, index));
  assertSameBytes(await readSample(sample, await store.finish()), sample.data);
});

Deno.test("openPartialStore() leaves a file alone that is not a journal but has its name", async () => {
  for (const data of [undefined, sampleBytes(sample.data.length, 5)]) {
    await using folder = await temporaryFolder();
    const path = join(folder.path, `${partial}.journal`);
    await Deno.writeTextFile(path, "dear diary");
    if (data !== undefined) await Deno.writeFile(join(folder.path, partial), data);
    const before = await namesIn(folder.path);
    const error = await assertRejects(
      () => openPartialStore({ folder: folder.path, info }),
      FileExistsError,
    );
    assertEquals(error.path, path);
    assertEquals(await Deno.readTextFile(path), "dear diary");
    assertEquals(await namesIn(folder.path), before);
  }
});

Deno.test("openPartialStore() takes data for foreign of which its journal knows nothing", async () => {
  await using folder = await temporaryFolder();
  await (await openPartialStore({ folder: folder.path, info })).close();
  await Deno.remove(join(folder.path, partial));
  await Deno.writeTextFile(join(folder.path, partial), "precious");
  await assertRejects(() => openPartialStore({ folder: folder.path, info }), FileExistsError);
  assertEquals(await Deno.readTextFile(join(folder.path, partial)), "precious");
});

Deno.test("openPartialStore() leaves a long file alone that has the name of its lock", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, `${partial}.lock`);
  const precious = sampleBytes(200);
  await Deno.writeFile(path, precious);
  await assertRejects(() => openPartialStore({ folder: folder.path, info }), FileExistsError);
  assertSameBytes(await Deno.readFile(path), precious);
});

for (const suffix of [".lock", ".journal"]) {
  Deno.test(`openPartialStore() does not follow a link at NAME.partial${suffix}`, async () => {
    for (const content of ["precious", undefined]) {
      await using folder = await temporaryFolder();
      const victim = join(folder.path, "victim");
      if (content !== undefined) await Deno.writeTextFile(victim, content);
      await Deno.symlink(victim, join(folder.path, partial + suffix));
      const before = await namesIn(folder.path);
      await assertRejects(
        () => openPartialStore({ folder: folder.path, info }),
        StorageError,
        "it is a link",
      );
      if (content !== undefined) assertEquals(await Deno.readTextFile(victim), content);
      assertEquals(await namesIn(folder.path), before);
    }
  });
}

Deno.test("openPartialStore() replaces a link in the place of a temporary file", async () => {
  await using folder = await temporaryFolder();
  const victim = join(folder.path, "victim");
  await Deno.writeTextFile(victim, "precious");
  await Deno.symlink(victim, join(folder.path, `${partial}.journal.tmp`));
  await using _store = await openPartialStore({ folder: folder.path, info });
  assertEquals(await Deno.readTextFile(victim), "precious");
});

Deno.test("writeFileAtomic() replaces what a kill has left, and never a folder", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "x");
  await Deno.writeTextFile(`${path}.tmp`, "half");
  const layer = new FaultyLayer();
  await writeFileAtomic(layer, path, sample.data);
  assertSameBytes(await Deno.readFile(path), sample.data);
  await Deno.mkdir(join(`${path}.tmp`, "inside"), { recursive: true });
  await assertRejects(() => writeFileAtomic(layer, path, new Uint8Array(1)), StorageError);
  assertEquals(await namesIn(`${path}.tmp`), ["inside"]);
  assertSameBytes(await Deno.readFile(path), sample.data);
});

Deno.test("openPartialStore() leaves nothing behind where there is no room", async () => {
  for (const { info } of [sample, await folderSample()]) {
    await using folder = await temporaryFolder();
    const layer = new FaultyLayer();
    layer.freeSpace = () => Promise.resolve(info.layout.totalLength - 1);
    await assertRejects(
      () => openPartialStore({ folder: folder.path, info, layer }),
      NoSpaceError,
      `${info.layout.totalLength}`,
    );
    assertEquals(await namesIn(folder.path), []);
    const full = FaultyLayer.nth(1, ["truncate"], { kind: "error", code: "ENOSPC" });
    const options = { folder: folder.path, info, layer: full };
    // The first file to be cut is the lock file.
    await assertRejects(() => openPartialStore(options), NoSpaceError);
    const later = FaultyLayer.nth(2, ["truncate"], { kind: "error", code: "ENOSPC" });
    await assertRejects(() => openPartialStore({ ...options, layer: later }), NoSpaceError);
    assert(later.count("open") > 2);
    assertEquals((await namesIn(folder.path)).filter((name) => !name.endsWith(".lock")), []);
  }
});

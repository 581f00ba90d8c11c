import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { FakeClock } from "../../lib/net/mod.ts";
import {
  FileExistsError,
  NoSpaceError,
  openPartialStore,
  type PieceStore,
  StorageChangedError,
  StorageError,
  StoreInUseError,
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
  type Sample,
  temporaryFolder,
} from "./samples.ts";

async function put(store: PieceStore, sample: Sample, indices: Iterable<number>): Promise<void> {
  for (const index of indices) {
    const piece = sample.info.layout.pieceIndex(index);
    assertEquals(await store.put(piece, pieceOf(sample, piece)), "held");
  }
}

const sample = await fileSample();
const { info } = sample;

Deno.test("openPartialStore() finds a store in use and names the process", async () => {
  await using folder = await temporaryFolder();
  const first = await openPartialStore({ folder: folder.path, info });
  const error = await assertRejects(
    () => openPartialStore({ folder: folder.path, info }),
    StoreInUseError,
    `store in use by pid ${Deno.pid}`,
  );
  assertEquals(error.pid, Deno.pid);
  await put(first, sample, [0]);
  await first.close();
  await using second = await openPartialStore({ folder: folder.path, info });
  assertEquals([...second.held.ones()], [0]);
});

Deno.test("openPartialStore() leaves the data of another torrent of that name alone", async () => {
  await using folder = await temporaryFolder();
  const other = await fileSample({ seed: 9 });
  const first = await openPartialStore({ folder: folder.path, info });
  await put(first, sample, [0, 1]);
  await first.close();
  await assertRejects(
    () => openPartialStore({ folder: folder.path, info: other.info }),
    StorageError,
    info.infoHash,
  );
  await using again = await openPartialStore({ folder: folder.path, info });
  assertEquals([...again.held.ones()], [0, 1]);
});

Deno.test("openPartialStore() removes what a finish that was cut off has left", async () => {
  await using folder = await temporaryFolder();
  const first = await openPartialStore({ folder: folder.path, info });
  await put(first, sample, allPieces(info));
  await first.close();
  await Deno.link(join(folder.path, `${info.name}.partial`), join(folder.path, info.name));
  await using store = await openPartialStore({ folder: folder.path, info });
  assert(store.held.isFull);
  assertEquals(await namesIn(folder.path), [info.name]);
});

Deno.test("a partial store drops a piece whose data is gone, and remembers it", async () => {
  await using folder = await temporaryFolder();
  const first = await openPartialStore({ folder: folder.path, info });
  await put(first, sample, [0, 12]);
  const { size } = await Deno.stat(join(folder.path, `${info.name}.partial`));
  await Deno.truncate(join(folder.path, `${info.name}.partial`), 12 * PIECE_LENGTH + 1);
  const last = info.layout.pieceIndex(12);
  await assertRejects(() => first.read(last, 0, new Uint8Array(9)), StorageChangedError);
  assertEquals([...first.held.ones()], [0]);
  await first.close();
  await Deno.truncate(join(folder.path, `${info.name}.partial`), size);
  const layer = new FaultyLayer();
  await using second = await openPartialStore({ folder: folder.path, info, layer });
  assertEquals([...second.held.ones()], [0]);
  assertEquals(layer.count("readAt"), 1, "only the journal");
});

Deno.test("a partial store makes a checkpoint when 5 seconds have gone by", async () => {
  await using folder = await temporaryFolder();
  const clock = new FakeClock();
  const layer = new FaultyLayer();
  const store = await openPartialStore({ folder: folder.path, info, layer, clock });
  layer.calls.length = 0;
  await put(store, sample, [0]);
  await clock.advance(4_999);
  await put(store, sample, [1]);
  assertEquals(layer.calls.includes("sync"), false);
  await clock.advance(1);
  await put(store, sample, [2]);
  for (let turn = 0; turn < 1_000 && layer.count("sync") < 2; turn++) await clock.advance(0);
  assertEquals(layer.count("sync"), 2, "data and journal");
  await put(store, sample, [3]);
  await layer.kill();

  const after = new FaultyLayer();
  await using again = await openPartialStore({ folder: folder.path, info, layer: after });
  assertEquals([...again.held.ones()], [0, 1, 2, 3]);
  assertEquals(after.count("readAt"), 2, "the journal, piece 3");
});

Deno.test("a partial store in its final place notices that it was changed", async () => {
  await using folder = await temporaryFolder();
  await using store = await openPartialStore({ folder: folder.path, info });
  await put(store, sample, allPieces(info));
  const path = await store.finish();
  const [first, second] = allPieces(info);
  assert(first !== undefined && second !== undefined);
  using file = await Deno.open(path, { write: true });
  await file.write(new Uint8Array([pieceOf(sample, first)[0]! ^ 1]));
  await Deno.utime(path, new Date(), new Date(Date.now() + 5_000));
  await assertRejects(() => store.read(first, 100, new Uint8Array(9)), StorageChangedError);
  assertEquals(store.held.has(first), false);
  const bytes = new Uint8Array(9);
  await store.read(second, 100, bytes);
  assertSameBytes(bytes, pieceOf(sample, second).slice(100, 109));
});

Deno.test("a partial store forces to the disk what it found again after a kill", async () => {
  await using folder = await temporaryFolder();
  const layer = new FaultyLayer();
  const first = await openPartialStore({ folder: folder.path, info, layer });
  await put(first, sample, [0, 1]);
  await layer.kill();
  const after = new FaultyLayer();
  const second = await openPartialStore({ folder: folder.path, info, layer: after });
  const before = after.count("sync");
  await second.close();
  assertEquals(after.count("sync") - before, 2, "data and journal");
});

for (const make of [fileSample, folderSample]) {
  const late = await make();

  Deno.test(`finish() of a ${late.info.shape} does not overwrite what appears at the last moment`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, late.info.name);
    const layer = new FaultyLayer((call, _count, target) => {
      if ((call !== "link" && call !== "rename") || target !== path) return undefined;
      if (late.info.shape === "folder") Deno.mkdirSync(path);
      Deno.writeTextFileSync(late.info.shape === "folder" ? join(path, "x") : path, "precious");
      return undefined;
    });
    await using store = await openPartialStore({ folder: folder.path, info: late.info, layer });
    await put(store, late, allPieces(late.info));
    await assertRejects(() => store.finish(), FileExistsError);
    assertEquals(
      await Deno.readTextFile(late.info.shape === "folder" ? join(path, "x") : path),
      "precious",
    );
  });
}

Deno.test("a partial store trusts nothing since the disk has failed to sync", async () => {
  await using folder = await temporaryFolder();
  const clock = new FakeClock();
  const layer: FaultyLayer = new FaultyLayer((call, _count, path) =>
    call === "sync" && path.endsWith(".partial") ? { kind: "error", code: "EIO" } : undefined
  );
  const first = await openPartialStore({ folder: folder.path, info, layer, clock });
  await put(first, sample, [0, 1]);
  await clock.advance(5_000);
  const before = layer.count("sync");
  await put(first, sample, [2]);
  for (let turn = 0; turn < 1_000 && layer.count("sync") === before; turn++) await clock.advance(0);
  const error = await assertRejects(async () => {
    await put(first, sample, allPieces(info));
    await first.finish();
  }, StorageError);
  assertEquals(error.code, "EIO");
  await first.close();
  assertEquals(layer.count("sync"), before + 1, "a second sync could not be believed");

  const after = new FaultyLayer();
  await using second = await openPartialStore({ folder: folder.path, info, layer: after });
  assertEquals(after.count("readAt"), 1 + second.held.count, "the journal, every piece");
  for (const index of [0, 1, 2]) assert(second.held.has(index));
});

Deno.test("a partial store makes good for a write to the journal that has failed", async () => {
  await using folder = await temporaryFolder();
  let writes = 0;
  const layer = new FaultyLayer((call, _count, path) =>
    call === "writeAt" && path.endsWith(".journal") && ++writes === 2
      ? { kind: "error", code: "ENOSPC" }
      : undefined
  );
  const first = await openPartialStore({ folder: folder.path, info, layer });
  await put(first, sample, [0]);
  const [, second] = allPieces(info);
  assert(second !== undefined);
  await assertRejects(() => first.put(second, pieceOf(sample, second)), NoSpaceError);
  await put(first, sample, [1, 2]);
  await first.close();
  const after = new FaultyLayer();
  await using again = await openPartialStore({ folder: folder.path, info, layer: after });
  assertEquals([...again.held.ones()], [0, 1, 2]);
  assertEquals(after.count("readAt"), 1, "only the journal");
});

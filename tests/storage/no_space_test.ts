import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  ensureFreeSpace,
  freeSpace,
  mergeChunks,
  NoSpaceError,
  openChunkStore,
  openLibrary,
  openPartialStore,
} from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import {
  allPieces,
  assertSameBytes,
  fileSample,
  pieceOf,
  readSample,
  temporaryFolder,
} from "./samples.ts";

const DISK_BYTES = 512 * 1024;

/** A disk of 512 KiB at the path; nothing where the machine does not let us make one. */
async function smallDisk(path: string): Promise<AsyncDisposable | undefined> {
  const args = ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", path];
  if (!await run("mount", args)) return undefined;
  return {
    async [Symbol.asyncDispose]() {
      assert(await run("umount", [path]), `cannot unmount ${path}`);
    },
  };
}

async function run(command: string, args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output())
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function whyNoDisk(): Promise<string | undefined> {
  await using folder = await temporaryFolder();
  await using disk = await smallDisk(folder.path);
  return disk === undefined ? "mounting a tmpfs takes root on Linux" : undefined;
}

const reason = await whyNoDisk();

function testOnSmallDisk(name: string, body: (path: string) => Promise<void>): void {
  Deno.test({
    name: reason === undefined ? name : `${name} (skipped: ${reason})`,
    ignore: reason !== undefined,
    async fn() {
      await using folder = await temporaryFolder();
      await using _disk = await smallDisk(folder.path);
      await body(folder.path);
    },
  });
}

const sample = await fileSample();
const { info } = sample;

testOnSmallDisk(
  "openPartialStore() refuses a download that has no room, with the figures",
  async (path) => {
    const large = await fileSample({ length: 2 * DISK_BYTES });
    const error = await assertRejects(
      () => openPartialStore({ folder: path, info: large.info }),
      NoSpaceError,
    );
    assert(error.space !== undefined && error.space.available <= DISK_BYTES);
    assertEquals(error.space.needed, 2 * DISK_BYTES);
    assertEquals(error.code, "ENOSPC");
  },
);

testOnSmallDisk("a partial store goes on when a full disk has room again", async (path) => {
  const filler = join(path, "filler");
  await using store = await openPartialStore({ folder: path, info });
  const [first, ...rest] = allPieces(info);
  assert(first !== undefined);
  await store.put(first, pieceOf(sample, first));
  await fill(filler);
  const failed = [];
  for (const index of rest) {
    const error = await store.put(index, pieceOf(sample, index)).catch((error) => error);
    if (error === "held") continue;
    assert(error instanceof NoSpaceError, String(error));
    assertEquals([error.code, error.path], ["ENOSPC", join(path, `${info.name}.partial`)]);
    assert(!store.held.has(index));
    failed.push(index);
  }
  assert(failed.length > 0);
  await Deno.remove(filler);
  for (const index of failed) assertEquals(await store.put(index, pieceOf(sample, index)), "held");
  assertSameBytes(await readSample(sample, await store.finish()), sample.data);
});

testOnSmallDisk("what is held when the disk fills up is held after a restart", async (path) => {
  const filler = join(path, "filler");
  const held: number[] = [];
  {
    await using store = await openPartialStore({ folder: path, info });
    for (const index of allPieces(info).slice(0, 5)) {
      await store.put(index, pieceOf(sample, index));
      held.push(index);
    }
    await fill(filler);
    await assertRejects(async () => {
      for (const index of allPieces(info)) await store.put(index, pieceOf(sample, index));
    }, NoSpaceError);
    held.splice(0, held.length, ...store.held.ones());
  }
  await Deno.remove(filler);
  await using store = await openPartialStore({ folder: path, info });
  assertEquals([...store.held.ones()], held);
});

testOnSmallDisk("mergeChunks() with no room left loses nothing and goes on", async (path) => {
  const library = await openLibrary(path);
  {
    await using chunks = await openChunkStore({ library, info });
    for (const index of allPieces(info)) await chunks.put(index, pieceOf(sample, index));
    await fill(join(path, "filler"), 100_000);
    await assertRejects(() => chunks.finish(), NoSpaceError);
    assert(chunks.held.isFull);
    await Deno.remove(join(path, "filler"));
    assertSameBytes(await readSample(sample, await chunks.finish()), sample.data);
  }
  await assertRejects(() => mergeChunks({ library, name: "none" }));
});

/** Writes until the disk is full, or so many bytes are left. */
async function fill(path: string, left = 0): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const zeros = new Uint8Array(4096);
  for (;;) {
    const free = await freeSpace(path);
    assert(free !== undefined);
    if (free <= left) return;
    try {
      await file.write(zeros);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOSPC") return;
      throw error;
    }
  }
}

Deno.test("openPartialStore() needs no room for what is held already", async () => {
  await using folder = await temporaryFolder();
  const layer = new FaultyLayer();
  layer.freeSpace = () => Promise.resolve(sample.data.length);
  const first = await openPartialStore({ folder: folder.path, info, layer });
  for (const index of allPieces(info).slice(0, -1)) await first.put(index, pieceOf(sample, index));
  await first.close();
  const [last] = allPieces(info).slice(-1);
  assert(last !== undefined);
  const needed = info.layout.pieceSize(last);
  layer.freeSpace = () => Promise.resolve(needed - 1);
  const error = await assertRejects(
    () => openPartialStore({ folder: folder.path, info, layer }),
    NoSpaceError,
  );
  assertEquals(error.space, { needed, available: needed - 1 });
  layer.freeSpace = () => Promise.resolve(needed);
  await using second = await openPartialStore({ folder: folder.path, info, layer });
  assertEquals(second.held.count, info.layout.pieceCount - 1);
});

Deno.test("ensureFreeSpace() asks about paths that are not there yet, and believes silence", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a", "b", "c");
  const available = await freeSpace(path);
  assert(available !== undefined && available > 0);
  await ensureFreeSpace(path, 1);
  await assertRejects(() => ensureFreeSpace(path, 2 ** 60), NoSpaceError, `${2 ** 60}`);
  const layer = new FaultyLayer();
  layer.freeSpace = () => Promise.resolve(undefined);
  await ensureFreeSpace(path, 2 ** 60, layer);
});

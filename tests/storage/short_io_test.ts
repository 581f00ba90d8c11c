import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { exitCodeOf } from "../../lib/cli/describe_error.ts";
import {
  cutIntoChunks,
  mergeChunks,
  NoSpaceError,
  openLibrary,
  openPartialStore,
  openSeedStore,
  StorageError,
} from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import {
  assertSameBytes,
  folderSample,
  PIECE_LENGTH,
  readSample,
  temporaryFolder,
} from "./samples.ts";
import { assertHeldIsRight, putWanted } from "./selection.ts";

/** Who makes reads and writes: the thread that asks for them, or another one of the runtime's. */
interface Calls {
  here: number;
  elsewhere: number;
}

/** Lets the system read and write a few bytes at a time, as it may where a signal comes between. */
function shortIo(): Disposable & { readonly calls: Calls } {
  const { read, write, readSync, writeSync } = Deno.FsFile.prototype;
  const calls: Calls = { here: 0, elsewhere: 0 };
  const few = (bytes: Uint8Array, by: keyof Calls) => {
    calls[by]++;
    return bytes.subarray(0, 1 + (calls.here + calls.elsewhere) * 7919 % 5_000);
  };
  Object.assign(Deno.FsFile.prototype, {
    read(this: Deno.FsFile, bytes: Uint8Array) {
      return read.call(this, few(bytes, "elsewhere"));
    },
    write(this: Deno.FsFile, bytes: Uint8Array) {
      return write.call(this, few(bytes, "elsewhere"));
    },
    readSync(this: Deno.FsFile, bytes: Uint8Array) {
      return readSync.call(this, few(bytes, "here"));
    },
    writeSync(this: Deno.FsFile, bytes: Uint8Array) {
      return writeSync.call(this, few(bytes, "here"));
    },
  });
  return {
    calls,
    [Symbol.dispose]() {
      Object.assign(Deno.FsFile.prototype, { read, write, readSync, writeSync });
    },
  };
}

/** Has everything take a second, by the runtime's clock. */
function slowly(): Disposable {
  const { now } = performance;
  let calls = 0;
  performance.now = () => now.call(performance) + 1_000 * ++calls;
  return {
    [Symbol.dispose]() {
      performance.now = now;
    },
  };
}

for (const [disk, isSlow] of [["a quick", false], ["a slow", true]] as const) {
  Deno.test(`a fetch, its serving, a cut and a merge are right where reads and writes end early on ${disk} disk`, async () => {
    const sample = await folderSample();
    const { info } = sample;
    await using folder = await temporaryFolder();
    const library = await openLibrary(folder.path);
    using _slow = isSlow ? slowly() : undefined;
    using short = shortIo();
    {
      await using store = await openPartialStore({ library, info });
      await putWanted(store, sample);
    }
    await using store = await openPartialStore({ library, info });
    assert(store.held.isFull);
    const path = await store.finish();
    assertSameBytes(await readSample(sample, path), sample.data);
    await using seed = await openSeedStore({ info, path });
    assert(seed.held.isFull);
    await assertHeldIsRight(seed, sample);
    await cutIntoChunks({ library, path: info.name, pieceLength: PIECE_LENGTH });
    await Deno.rename(path, join(folder.path, "away"));
    const { info: { files } } = await library.readTorrent(info.name);
    assertEquals(files.length, info.files.length);
    assertSameBytes(
      await readSample(sample, await mergeChunks({ library, name: info.name })),
      sample.data,
    );
    const { here, elsewhere } = short.calls;
    assert(
      isSlow ? here < elsewhere / 10 : here > elsewhere,
      `${here} here, ${elsewhere} elsewhere`,
    );
  });
}

Deno.test("room that was promised and is not there ends a fetch, which begins again with what is there", async () => {
  const sample = await folderSample();
  const { info } = sample;
  await using folder = await temporaryFolder();
  const library = await openLibrary(
    folder.path,
    new FaultyLayer((call, _count, path) =>
      call === "sync" && path.endsWith("z.bin") ? { kind: "error", code: "ENOSPC" } : undefined
    ),
  );
  {
    await using store = await openPartialStore({ library, info });
    await putWanted(store, sample);
    // Not as one that may be tried again as soon as there is room.
    for (let time = 1; time <= 2; time++) {
      const error = await assertRejects(() => store.finish(), StorageError, "start again");
      assertEquals([error.code, error instanceof NoSpaceError], ["ENOSPC", false]);
      assertEquals(exitCodeOf(error), 9);
    }
  }
  await using store = await openPartialStore({ library: await openLibrary(folder.path), info });
  assert(store.held.isFull);
  assertSameBytes(await readSample(sample, await store.finish()), sample.data);
});

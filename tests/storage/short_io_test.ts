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

/** Lets the system read and write a few bytes at a time, as it may where a signal comes between. */
function shortIo(): Disposable {
  const { read, write } = Deno.FsFile.prototype;
  let calls = 0;
  const few = (bytes: Uint8Array) => bytes.subarray(0, 1 + ++calls * 7919 % 5_000);
  Deno.FsFile.prototype.read = function (this: Deno.FsFile, bytes: Uint8Array) {
    return read.call(this, few(bytes));
  };
  Deno.FsFile.prototype.write = function (this: Deno.FsFile, bytes: Uint8Array) {
    return write.call(this, few(bytes));
  };
  return {
    [Symbol.dispose]() {
      Object.assign(Deno.FsFile.prototype, { read, write });
    },
  };
}

Deno.test("a fetch, its serving, a cut and a merge are right where reads and writes end early", async () => {
  const sample = await folderSample();
  const { info } = sample;
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  using _short = shortIo();
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
});

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

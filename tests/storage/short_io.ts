import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  cutIntoChunks,
  mergeChunks,
  openLibrary,
  openPartialStore,
  openSeedStore,
} from "../../lib/storage/mod.ts";
import {
  assertSameBytes,
  folderSample,
  PIECE_LENGTH,
  readSample,
  temporaryFolder,
} from "./samples.ts";
import { assertHeldIsRight, putWanted } from "./selection.ts";

/** How often each call was made: by the thread that asks for it (`Sync`), or by another one. */
export interface ShortCalls {
  read: number;
  write: number;
  readSync: number;
  writeSync: number;
}

/** Lets the system read and write a few bytes at a time, as it may where a signal comes between. */
function shortIo(): Disposable & { readonly calls: Readonly<ShortCalls> } {
  const { read, write, readSync, writeSync } = Deno.FsFile.prototype;
  const calls: ShortCalls = { read: 0, write: 0, readSync: 0, writeSync: 0 };
  let all = 0;
  const few = (bytes: Uint8Array, by: keyof ShortCalls) => {
    calls[by]++;
    return bytes.subarray(0, 1 + ++all * 7919 % 5_000);
  };
  Object.assign(Deno.FsFile.prototype, {
    read(this: Deno.FsFile, bytes: Uint8Array) {
      return read.call(this, few(bytes, "read"));
    },
    write(this: Deno.FsFile, bytes: Uint8Array) {
      return write.call(this, few(bytes, "write"));
    },
    readSync(this: Deno.FsFile, bytes: Uint8Array) {
      return readSync.call(this, few(bytes, "readSync"));
    },
    writeSync(this: Deno.FsFile, bytes: Uint8Array) {
      return writeSync.call(this, few(bytes, "writeSync"));
    },
  });
  return {
    calls,
    [Symbol.dispose]() {
      Object.assign(Deno.FsFile.prototype, { read, write, readSync, writeSync });
    },
  };
}

/** Has so many milliseconds pass between two looks at the runtime's clock. */
function eachLook(ms: number): Disposable {
  const { now } = performance;
  let looks = 0;
  performance.now = () => ms * ++looks;
  return {
    [Symbol.dispose]() {
      performance.now = now;
    },
  };
}

/**
 * Fetches a folder, serves it, cuts and merges it, all with reads and writes that end early, on a disk
 * where each seems to take so many milliseconds. Gives who made them. That the disk was slow is remembered
 * as long as the process lives: a test of this stands alone in its file.
 */
export async function useShortly(ms: number): Promise<Readonly<ShortCalls>> {
  const sample = await folderSample();
  const { info } = sample;
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  using _clock = eachLook(ms);
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
  return short.calls;
}

import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { exitCodeOf } from "../../lib/cli/describe_error.ts";
import {
  denoFileLayer,
  NoSpaceError,
  openLibrary,
  openPartialStore,
  StorageError,
} from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import { assertSameBytes, folderSample, readSample, temporaryFolder } from "./samples.ts";
import { putWanted } from "./selection.ts";

Deno.test("a write of which the system takes nothing fails instead of going on for ever", async () => {
  await using folder = await temporaryFolder();
  const file = await denoFileLayer.open(join(folder.path, "full"), "create");
  const { write, writeSync } = Deno.FsFile.prototype;
  try {
    Object.assign(Deno.FsFile.prototype, { write: () => Promise.resolve(0), writeSync: () => 0 });
    for (const length of [1, 1 << 20]) {
      await assertRejects(
        () => file.writeAt(new Uint8Array(length), 0),
        StorageError,
        "takes nothing",
      );
    }
  } finally {
    Object.assign(Deno.FsFile.prototype, { write, writeSync });
    file.close();
  }
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

import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  hashPaths,
  openPartialStore,
  openSeedStore,
  StorageError,
  verifyData,
} from "../../lib/storage/mod.ts";
import { CAN_MAKE_PIPES, makePipe } from "./make_pipe.ts";
import { fileSample, folderSample, namesIn, temporaryFolder, writeSample } from "./samples.ts";

const ignore = !CAN_MAKE_PIPES;
const WAITS_FOR_NOBODY = "it is a pipe, a socket or a device; move it away";

for (const suffix of ["", ".lock", ".journal"]) {
  Deno.test({
    name: `openPartialStore() does not wait for a pipe at NAME.partial${suffix}, and leaves it`,
    ignore,
    async fn() {
      const { info } = await fileSample();
      await using folder = await temporaryFolder();
      const name = `${info.name}.partial${suffix}`;
      await makePipe(join(folder.path, name));
      const open = () => openPartialStore({ folder: folder.path, info });
      const error = await assertRejects(open, StorageError);
      assertEquals(error.path, join(folder.path, name));
      assertEquals(await namesIn(folder.path), [name]);
    },
  });
}

Deno.test({
  name: "A pipe in the place of a file of a folder is data that is missing",
  ignore,
  async fn() {
    const course = await folderSample();
    await using folder = await temporaryFolder();
    const path = join(folder.path, course.info.name);
    await writeSample(course, path);
    await Deno.remove(join(path, "a", "deep", "one.bin"));
    const expected = await verifyData(course.info, path);
    await makePipe(join(path, "a", "deep", "one.bin"));
    assertEquals([...(await verifyData(course.info, path)).ones()], [...expected.ones()]);
    await using store = await openSeedStore({ info: course.info, path });
    assertEquals([...store.held.ones()], [...expected.ones()]);
    assert(!expected.isEmpty && !expected.isFull);
  },
});

Deno.test({
  name: "hashPaths() refuses a pipe, and does not wait for it",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "pipe");
    await makePipe(path);
    const hash = () => hashPaths({ path });
    await assertRejects(hash, StorageError, WAITS_FOR_NOBODY);
  },
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  hashPaths,
  openLibrary,
  openPartialStore,
  openSeedStore,
  StorageError,
  verifyData,
} from "../../lib/storage/mod.ts";
import { encodeTorrent } from "../../lib/metainfo/mod.ts";
import { CAN_MAKE_PIPES, makePipe } from "./make_pipe.ts";
import { fileSample, folderSample, namesIn, temporaryFolder, writeSample } from "./samples.ts";

const ignore = !CAN_MAKE_PIPES;

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
    await assertRejects(hash, StorageError, "name a file or a folder");
  },
});

Deno.test({
  name:
    "Library.readTorrent() refuses a pipe, also at the end of a link, and follows a link to a file",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const library = await openLibrary(folder.path);
    const { info } = await fileSample();
    await Deno.mkdir(library.chunks, { recursive: true });
    const kept = join(folder.path, "kept.torrent");
    await Deno.writeFile(kept, encodeTorrent({ info }));
    await Deno.symlink(kept, library.torrentPath("linked"));
    assertEquals((await library.readTorrent("linked")).info.infoHash, info.infoHash);
    await makePipe(library.torrentPath("pipe"));
    await Deno.symlink(library.torrentPath("pipe"), library.torrentPath("led"));
    for (const name of ["pipe", "led"]) {
      await assertRejects(() => library.readTorrent(name), StorageError, "it is a pipe");
    }
    await assertRejects(() => library.readTorrent("none"), StorageError, "make it with chunk");
  },
});

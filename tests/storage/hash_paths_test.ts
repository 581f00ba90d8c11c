import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { choosePieceLength, createInfo, UnsafePathError } from "../../lib/metainfo/mod.ts";
import {
  denoFileLayer,
  hashPaths,
  openSeedStore,
  StorageChangedError,
  StorageError,
} from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import { fileSample, folderSample, PIECE_LENGTH, temporaryFolder, writeSample } from "./samples.ts";

for (const make of [fileSample, folderSample]) {
  const sample = await make();

  Deno.test(`hashPaths() makes of a ${sample.info.shape} what its torrent says`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, sample.info.name);
    await writeSample(sample, path);
    const hashed = await hashPaths({ path, pieceLength: PIECE_LENGTH });
    const info = await createInfo(hashed);
    assertEquals(info.infoHash, sample.info.infoHash);
    assertEquals(info.files, sample.info.files);
    await using store = await openSeedStore({ info, path: hashed.root });
    assert(store.held.isFull);
  });
}

const sample = await fileSample();

Deno.test("hashPaths() chooses the length of the pieces by the length of the data", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "film.mp4");
  await writeSample(sample, path);
  const { pieceLength, pieceHashes } = await hashPaths({ path });
  assertEquals(pieceLength, choosePieceLength(sample.data.length));
  assertEquals(pieceHashes, new Uint8Array(await crypto.subtle.digest("SHA-1", sample.data)));
});

Deno.test("hashPaths() leaves links out of a folder and says so, but follows one to the folder", async () => {
  const course = await folderSample();
  await using folder = await temporaryFolder();
  const real = join(folder.path, "real");
  await writeSample(course, real);
  await Deno.writeTextFile(join(folder.path, "secret"), "secret");
  await Deno.symlink(join(folder.path, "secret"), join(real, "b link"));
  await Deno.symlink(folder.path, join(real, "a", "loop"));
  await Deno.symlink(real, join(folder.path, "course"));
  const hashed = await hashPaths({
    path: join(folder.path, "course"),
    pieceLength: PIECE_LENGTH,
  });
  assertEquals(hashed.skipped, [join(real, "a", "loop"), join(real, "b link")]);
  assertEquals((await createInfo(hashed)).infoHash, course.info.infoHash);
});

Deno.test("hashPaths() hashes an empty file, and refuses a folder without files", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "empty"), "");
  const hashed = await hashPaths({ path: join(folder.path, "empty") });
  assertEquals(hashed.pieceHashes.length, 0);
  await Deno.mkdir(join(folder.path, "nothing", "inside"), { recursive: true });
  await assertRejects(
    () => hashPaths({ path: join(folder.path, "nothing") }),
    StorageError,
    "there is no file in the folder",
  );
});

Deno.test("hashPaths() refuses names that others could not write, before it hashes", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "course");
  await Deno.mkdir(path);
  await Deno.writeTextFile(join(path, "a"), "fine");
  await Deno.writeTextFile(join(path, "con.txt"), "a device on Windows");
  const layer = new FaultyLayer();
  await assertRejects(() => hashPaths({ path, layer }), UnsafePathError, "con.txt");
  assertEquals(layer.count("readAt"), 0);
});

Deno.test("hashPaths() says what is not there or cannot be read", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "film.mp4");
  await assertRejects(() => hashPaths({ path }), StorageError, "does not exist");
  await writeSample(sample, path);
  const layer = FaultyLayer.nth(1, ["readAt"], { kind: "error", code: "EIO" });
  const error = await assertRejects(() => hashPaths({ path, layer }), StorageError);
  assertEquals([error.code, error.path], ["EIO", path]);
});

Deno.test("hashPaths() refuses a file that changes while it is hashed", async () => {
  for (const change of ["grows", "is rewritten", "shrinks", "is removed"]) {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "film.mp4");
    await writeSample(sample, path);
    let reads = 0;
    const layer = new FaultyLayer((call) => {
      if (call !== "readAt" || ++reads !== 3) return undefined;
      if (change === "grows") Deno.writeFileSync(path, new Uint8Array(1), { append: true });
      if (change === "is rewritten") Deno.utimeSync(path, 1_000, 1_000);
      if (change === "shrinks") Deno.truncateSync(path, 1);
      if (change === "is removed") Deno.removeSync(path);
      return undefined;
    });
    await assertRejects(
      () => hashPaths({ path, pieceLength: PIECE_LENGTH, layer }),
      change === "is removed" ? StorageError : StorageChangedError,
      path,
    );
  }
});

Deno.test("hashPaths() can be ended", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "film.mp4");
  await writeSample(sample, path);
  const abort = new AbortController();
  await assertRejects(
    () =>
      hashPaths({
        path,
        layer: denoFileLayer,
        pieceLength: PIECE_LENGTH,
        signal: abort.signal,
        onProgress: ({ doneBytes }) => {
          if (doneBytes >= 4 * PIECE_LENGTH) abort.abort(new RangeError("enough"));
        },
      }),
    RangeError,
    "enough",
  );
});

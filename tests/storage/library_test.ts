import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { encodeTorrent, TorrentError, UnsafePathError } from "../../lib/metainfo/mod.ts";
import { openLibrary, openPartialStore, StorageError } from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import { fileSample, namesIn, temporaryFolder } from "./samples.ts";

Deno.test("Library names the paths of DESIGN: originals, partial data, parts, torrents", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  const { root, originals, chunks } = library;
  assertEquals([root, originals, chunks], [
    folder.path,
    join(folder.path, "Original_Files"),
    join(folder.path, "Chunks"),
  ]);
  assertEquals(library.originalPath("mv1.mp4"), join(originals, "mv1.mp4"));
  assertEquals(library.partialPath("mv1.mp4"), join(chunks, "mv1.mp4.partial"));
  assertEquals(library.torrentPath("mv1.mp4"), join(chunks, "mv1.mp4.torrent"));
  assertEquals(library.partPath("mv1.mp4", 0), join(chunks, "mv1.mp4.part1"));
  assertEquals(library.partPath("mv1.mp4", 11), join(chunks, "mv1.mp4.part12"));
  assertEquals(await namesIn(folder.path), [], "nothing is made before it is needed");
});

Deno.test("Library refuses names that lead out of it, or are its own", async () => {
  const library = await openLibrary("anywhere");
  for (const name of ["..", "../x", "a/b", "/etc/passwd", "", "x\0", "x.part1", "x.partial"]) {
    assertThrows(() => library.originalPath(name), UnsafePathError);
    assertThrows(() => library.partialPath(name), UnsafePathError);
    assertThrows(() => library.torrentPath(name), UnsafePathError);
    assertThrows(() => library.partPath(name, 0), UnsafePathError);
    assertThrows(() => library.chunkLockPath(name), UnsafePathError);
    await assertRejects(() => library.readTorrent(name), UnsafePathError);
  }
});

Deno.test("resolveOriginal() looks in Original_Files/ first, then at the path as given", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(join(folder.path, "library"));
  const elsewhere = join(folder.path, "mv1.mp4");
  await Deno.writeTextFile(elsewhere, "");
  assertEquals(await library.resolveOriginal(elsewhere), elsewhere);
  await Deno.mkdir(join(library.originals, "course"), { recursive: true });
  await Deno.writeTextFile(join(library.originals, "mv1.mp4"), "");
  await Deno.writeTextFile(join(library.originals, "course", "one.mp4"), "");
  const inside = join(library.originals, "mv1.mp4");
  assertEquals(await library.resolveOriginal("mv1.mp4"), inside);
  assertEquals(
    await library.resolveOriginal("course/one.mp4"),
    join(library.originals, "course", "one.mp4"),
  );
  assertEquals(await library.resolveOriginal(elsewhere), elsewhere);
  await assertRejects(
    () => library.resolveOriginal("../../mv1.mp4"),
    StorageError,
    "it is neither in",
  );
});

Deno.test("readTorrent() reads the torrent of a name, and tells none from a bad one", async () => {
  await using folder = await temporaryFolder();
  const library = await openLibrary(folder.path);
  const { info } = await fileSample();
  const path = library.torrentPath(info.name);
  await assertRejects(() => library.readTorrent(info.name), StorageError, `Cannot find ${path}`);
  await Deno.mkdir(library.chunks);
  await Deno.writeTextFile(path, "not a torrent");
  await assertRejects(() => library.readTorrent(info.name), TorrentError, path);
  await Deno.truncate(path, 10 * 1024 * 1024 + 1);
  await assertRejects(() => library.readTorrent(info.name), StorageError, "10485761 bytes");
  await Deno.writeFile(path, encodeTorrent({ info }));
  assertEquals((await library.readTorrent(info.name)).info.infoHash, info.infoHash);
});

Deno.test("openLibrary() refuses a file", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "file"), "");
  await assertRejects(() => openLibrary(join(folder.path, "file")), StorageError, "a folder");
});

Deno.test("a library that cannot be written says so, with the folder's name", async () => {
  await using folder = await temporaryFolder();
  const layer = new FaultyLayer((call) =>
    call === "makeFolder" ? { kind: "error", code: "EACCES" } : undefined
  );
  const library = await openLibrary(folder.path, layer);
  const { info } = await fileSample();
  const error = await assertRejects(() => openPartialStore({ library, info }), StorageError);
  assertEquals([error.code, error.path], ["EACCES", library.chunks]);
});

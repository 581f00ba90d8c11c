import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UnsafePathError } from "../../lib/metainfo/mod.ts";
import {
  FileExistsError,
  hashPaths,
  NoSpaceError,
  openUploadFolder,
  StorageError,
  StoreInUseError,
  type UploadFolder,
  WrongLengthError,
} from "../../lib/storage/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import { namesIn, temporaryFolder } from "./samples.ts";

const LOCK = ".sluice-uploads.lock";

/** Content as it comes, in parts of any length. */
function streamOf(content: Uint8Array, seed = 1): ReadableStream<Uint8Array> {
  const random = seededRandom(seed);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at === content.length) return controller.close();
      const end = Math.min(content.length, at + 1 + randomBelow(random, 700_000));
      controller.enqueue(content.slice(at, end));
      at = end;
    },
  });
}

function receive(folder: UploadFolder, content: Uint8Array, name = "film.bin", length?: number) {
  return folder.receive({ name, length: length ?? content.length, source: streamOf(content) });
}

Deno.test("upload folder: what comes in any parts lies there whole, hashed as it came", async () => {
  await using temporary = await temporaryFolder();
  await using folder = await openUploadFolder(temporary.path);
  for (const length of [0, 1, 524_287, 524_288, 524_289, 3_000_000]) {
    const content = randomBytes(seededRandom(length), length);
    const name = `film ${length}`;
    const received = await receive(folder, content, name);
    const hashed = await hashPaths({ path: join(temporary.path, name) });
    assertEquals(received, hashed);
    assertEquals(await Deno.readFile(received.root), content);
  }
  assertEquals((await folder.names()).length, 6);
});

Deno.test("upload folder: nothing is written over, and the same content is there already", async () => {
  await using temporary = await temporaryFolder();
  await using folder = await openUploadFolder(temporary.path);
  const content = randomBytes(seededRandom(3), 700_000);
  const first = await receive(folder, content);
  assertEquals(await receive(folder, content), first);
  const other = content.slice();
  other[600_000]! ^= 1;
  for (const wrong of [other, content.subarray(1), new Uint8Array(0)]) {
    await assertRejects(() => receive(folder, wrong), FileExistsError, "another file of that name");
  }
  await Deno.mkdir(join(temporary.path, "folder"));
  await assertRejects(() => receive(folder, content, "folder"), FileExistsError);
  assertEquals(await Deno.readFile(first.root), content);
  assertEquals(await namesIn(temporary.path), [LOCK, "film.bin", "folder"]);
});

Deno.test("upload folder: names that are not safe everywhere, or ours, are refused", async () => {
  await using temporary = await temporaryFolder();
  await using folder = await openUploadFolder(temporary.path);
  const names = [
    "",
    "..",
    "a/b",
    "a\\b",
    "/etc/passwd",
    "nul",
    "a\u0000b",
    "a\u202eb",
    "a.",
    "x.partial",
  ];
  for (const name of [...names, "x".repeat(241), LOCK, ".sluice-upload-1"]) {
    await assertRejects(() => receive(folder, new Uint8Array(9), name), UnsafePathError);
  }
  assertEquals(await namesIn(temporary.path), [LOCK]);
});

Deno.test("upload folder: what is longer or shorter than told, or breaks off, leaves nothing", async () => {
  await using temporary = await temporaryFolder();
  await using folder = await openUploadFolder(temporary.path);
  const content = randomBytes(seededRandom(4), 600_000);
  for (const length of [599_999, 600_001, 0]) {
    await assertRejects(() => receive(folder, content, "film.bin", length), WrongLengthError);
  }
  let parts = 0;
  const source = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (parts++ > 2) controller.error(new Error("broken off"));
      else controller.enqueue(content.subarray(0, 200_000));
    },
  });
  await assertRejects(
    () => folder.receive({ name: "film.bin", length: 9e5, source }),
    Error,
    "broken off",
  );
  assertEquals(await namesIn(temporary.path), [LOCK]);
});

Deno.test("upload folder: a file for which there is no room is refused before it is read", async () => {
  await using temporary = await temporaryFolder();
  await using folder = await openUploadFolder(temporary.path);
  let state = "unread";
  const source = new ReadableStream<Uint8Array>({
    pull: () => void (state = "read"),
    cancel: () => void (state = "cancelled"),
  }, { highWaterMark: 0 });
  const length = 2 ** 46;
  await assertRejects(() => folder.receive({ name: "film.bin", length, source }), NoSpaceError);
  assertEquals(state, "cancelled");
});

Deno.test("upload folder: whichever call fails, the file is there whole or not at all, and nothing beside it", async () => {
  const content = randomBytes(seededRandom(5), 1_300_000);
  let calls = Infinity;
  for (let n = 1; n <= calls; n++) {
    for (const code of ["ENOSPC", "EIO"]) {
      await using temporary = await temporaryFolder();
      let count = -1;
      const layer = new FaultyLayer((call) => {
        // What cannot be removed stays until the folder is opened again.
        if (count < 0 || call === "remove" || call === "link" || call === "rename") {
          return undefined;
        }
        return ++count === n ? { kind: "error", code } : undefined;
      });
      await using folder = await openUploadFolder(temporary.path, layer);
      count = 0;
      const outcome = await receive(folder, content).then(() => "there", (error) => error);
      const names = await namesIn(temporary.path);
      if (outcome === "there") {
        calls = n;
        assertEquals(names, [LOCK, "film.bin"]);
      } else {
        assertEquals(outcome instanceof StorageError, true);
        if (names.length > 1) {
          assertEquals(await Deno.readFile(join(temporary.path, "film.bin")), content);
        }
        assertEquals(names.filter((name) => name.startsWith(".sluice-upload-")), []);
      }
    }
  }
});

Deno.test("upload folder: one has it at a time, and what a killed one left is removed", async () => {
  await using temporary = await temporaryFolder();
  const left = join(temporary.path, ".sluice-upload-0b5f");
  await Deno.writeTextFile(left, "half");
  await Deno.writeTextFile(join(temporary.path, "kept.txt"), "kept");
  await Deno.mkdir(join(temporary.path, ".sluice-upload-folder"));
  {
    await using folder = await openUploadFolder(temporary.path);
    await assertRejects(() => openUploadFolder(temporary.path), StoreInUseError);
    assertEquals(await folder.names(), ["kept.txt"]);
  }
  assertEquals(await namesIn(temporary.path), [".sluice-upload-folder", "kept.txt"]);
  await using _folder = await openUploadFolder(temporary.path);
});

Deno.test("upload folder: a folder that is not there, or is a file, is refused", async () => {
  await using temporary = await temporaryFolder();
  await assertRejects(
    () => openUploadFolder(join(temporary.path, "none")),
    StorageError,
    "does not exist",
  );
  await Deno.writeTextFile(join(temporary.path, "file"), "");
  await assertRejects(
    () => openUploadFolder(join(temporary.path, "file")),
    StorageError,
    "it is no folder",
  );
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  FileExistsError,
  openPartialStore,
  StorageChangedError,
  StorageError,
} from "../../lib/storage/mod.ts";
import { folderSample, namesIn, temporaryFolder } from "./samples.ts";
import { assertHeldIsRight, filesIn, putWanted } from "./selection.ts";

const sample = await folderSample();
const { info } = sample;
const partial = `${info.name}.partial`;

/** The place of a file that lies inside one piece. */
const LECTURE = 5;

Deno.test("a piece of which a part aside is gone or changed is lost, and can be put again", async () => {
  for (const fault of ["removed", "cut", "changed"] as const) {
    await using folder = await temporaryFolder();
    const options = { folder: folder.path, info, select: new Set([LECTURE]) };
    {
      await using store = await openPartialStore(options);
      await putWanted(store, sample);
    }
    await using store = await openPartialStore(options);
    assertEquals(store.held.count, 1);
    await harmAside(join(folder.path, `${partial}.aside`), fault);
    await assertRejects(() => store.finish(), StorageChangedError, "changed meanwhile");
    assert(store.held.isEmpty);
    await putWanted(store, sample);
    await store.finish();
    await assertHeldIsRight(store, sample);
  }
});

Deno.test("a part aside that is gone when it is to be on the disk ends the download, not the next one", async () => {
  await using folder = await temporaryFolder();
  const options = { folder: folder.path, info, select: new Set([LECTURE]) };
  {
    await using store = await openPartialStore(options);
    await putWanted(store, sample);
    await harmAside(join(folder.path, `${partial}.aside`), "removed");
    await assertRejects(() => store.finish(), StorageChangedError, "start again");
    assert(store.held.isEmpty);
  }
  await using store = await openPartialStore(options);
  assert(store.held.isEmpty);
  await putWanted(store, sample);
  await store.finish();
});

Deno.test("a finished selection whose parts aside are gone says what is missing", async () => {
  await using folder = await temporaryFolder();
  const options = { folder: folder.path, info, select: new Set([LECTURE]) };
  {
    await using store = await openPartialStore(options);
    await putWanted(store, sample);
    await store.finish();
  }
  await Deno.remove(join(folder.path, `${partial}.aside`), { recursive: true });
  const before = await filesIn(folder.path);
  await assertRejects(() => openPartialStore(options), FileExistsError, `${partial}.aside`);
  assertEquals(await filesIn(folder.path), before);
});

Deno.test("openPartialStore() does not follow a link in the place of what lies aside", async () => {
  await using folder = await temporaryFolder();
  await using outside = await temporaryFolder();
  await Deno.writeTextFile(join(outside.path, "0-10"), "precious");
  await Deno.symlink(outside.path, join(folder.path, `${partial}.aside`));
  const options = { folder: folder.path, info };
  await assertRejects(
    () => openPartialStore({ ...options, select: new Set([LECTURE]) }),
    StorageError,
    "it is a link",
  );
  await using store = await openPartialStore(options);
  await putWanted(store, sample);
  await store.finish();
  assertEquals(await Deno.readTextFile(join(outside.path, "0-10")), "precious");
});

Deno.test("files of others in the folder of what lies aside stay there", async () => {
  await using folder = await temporaryFolder();
  const aside = join(folder.path, `${partial}.aside`);
  await Deno.mkdir(aside);
  await Deno.writeTextFile(join(aside, "notes"), "precious");
  for (const select of [new Set([LECTURE]), undefined]) {
    await using store = await openPartialStore({ folder: folder.path, info, select });
    await putWanted(store, sample);
    await Deno.remove(await store.finish(), { recursive: true });
  }
  assertEquals(await namesIn(aside), ["notes"]);
});

Deno.test("a download begins anew when its data is gone, with nothing that lay aside", async () => {
  await using folder = await temporaryFolder();
  const options = { folder: folder.path, info, select: new Set([LECTURE]) };
  {
    await using store = await openPartialStore(options);
    await putWanted(store, sample);
    await Deno.remove(await store.finish(), { recursive: true });
  }
  await using store = await openPartialStore(options);
  assert(store.held.isEmpty);
  await putWanted(store, sample);
  await store.finish();
  await assertHeldIsRight(store, sample);
});

async function harmAside(aside: string, fault: "removed" | "cut" | "changed"): Promise<void> {
  if (fault === "removed") return await Deno.remove(aside, { recursive: true });
  const [name] = await namesIn(aside);
  assert(name !== undefined);
  const content = await Deno.readFile(join(aside, name));
  content[0]! ^= 1;
  await Deno.writeFile(join(aside, name), fault === "cut" ? content.subarray(1) : content);
  await Deno.utime(join(aside, name), new Date(), new Date(Date.now() + 60_000));
}

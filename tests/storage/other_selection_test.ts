import { assert, assertEquals, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import { openPartialStore, type PieceStore, StorageError } from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import { CAN_MAKE_PIPES, makePipe } from "./make_pipe.ts";
import {
  allPieces,
  folderSample,
  namesIn,
  pieceOf,
  readSample,
  temporaryFolder,
} from "./samples.ts";
import { assertHeldIsRight, assertSelected, filesIn, putWanted } from "./selection.ts";

const sample = await folderSample();
const { info } = sample;
const partial = `${info.name}.partial`;

const EVERYTHING: ReadonlySet<number> = new Set(info.files.keys());
const EMPTY = 2;
const TWO = 3;
const LECTURE = 5;
const Z = 6;

function open(folder: string, select: ReadonlySet<number>, layer = new FaultyLayer()) {
  return openPartialStore({ folder, info, select, layer });
}

/** Opens a store, puts all that it wants, and closes it unfinished. */
async function fetchUnfinished(folder: string, select: ReadonlySet<number>): Promise<void> {
  await using store = await open(folder, select);
  await putWanted(store, sample);
}

function heldBy(store: PieceStore): number[] {
  return [...store.held.ones()];
}

Deno.test("a smaller selection goes on with its pieces, and finishes with its files only", async () => {
  await using folder = await temporaryFolder();
  await fetchUnfinished(folder.path, EVERYTHING);
  const select = new Set([EMPTY, Z]);
  {
    await using store = await open(folder.path, select);
    assertEquals(heldBy(store), [4, 5], "the piece that other files share is fetched again");
    await assertHeldIsRight(store, sample);
    assertEquals(await filesIn(join(folder.path, partial)), ["a/empty", "z.bin"]);
    await putWanted(store, sample);
    const path = await store.finish();
    await assertSelected(path, sample, select);
    assertEquals(await namesIn(join(path, "a")), ["empty"]);
    await assertHeldIsRight(store, sample);
  }
  const aside = join(folder.path, `${partial}.aside`);
  let bytes = 0;
  for (const name of await namesIn(aside)) bytes += (await Deno.stat(join(aside, name))).size;
  assert(bytes < info.pieceLength, "what is not needed is gone");
});

Deno.test("a selection whose files have left folders finishes without the folders", async () => {
  await using folder = await temporaryFolder();
  await fetchUnfinished(folder.path, EVERYTHING);
  await using store = await open(folder.path, new Set([Z]));
  await putWanted(store, sample);
  assertEquals(await namesIn(await store.finish()), ["z.bin"]);
});

Deno.test("files that are chosen again come back with all that was fetched of them", async () => {
  await using folder = await temporaryFolder();
  await fetchUnfinished(folder.path, EVERYTHING);
  await (await open(folder.path, new Set([Z]))).close();
  await using store = await open(folder.path, EVERYTHING);
  assert(store.held.isFull);
  await assertHeldIsRight(store, sample);
  await assertSelected(await store.finish(), sample);
  assertEquals(await namesIn(folder.path), [info.name]);
});

Deno.test("a larger selection loses no piece whose files were aside as a whole", async () => {
  await using folder = await temporaryFolder();
  await fetchUnfinished(folder.path, new Set([TWO]));
  const select = new Set([TWO, LECTURE]);
  await using store = await open(folder.path, select);
  assertEquals(heldBy(store), [3]);
  await assertSelected(await store.finish(), sample, select);
});

Deno.test("a larger selection goes on with the pieces that it shares, and becomes whole", async () => {
  await using folder = await temporaryFolder();
  await fetchUnfinished(folder.path, new Set([Z]));
  await using store = await open(folder.path, EVERYTHING);
  assertEquals(heldBy(store), [4, 5]);
  await assertHeldIsRight(store, sample);
  await putWanted(store, sample);
  assertEquals(await readSample(sample, await store.finish()), sample.data);
  assertEquals(await namesIn(folder.path), [info.name]);
});

Deno.test("the same selection again trusts its journal, with parts aside, too", async () => {
  await using folder = await temporaryFolder();
  await fetchUnfinished(folder.path, new Set([LECTURE, Z]));
  const layer = new FaultyLayer();
  await using store = await open(folder.path, new Set([LECTURE, Z]), layer);
  assertEquals(heldBy(store), [3, 4, 5]);
  assertEquals(layer.count("readAt"), 1, "only the journal");
});

Deno.test("what the user puts in a place or takes from it is never held unseen", async () => {
  const [TWO_AND_Z, ONLY_TWO] = [new Set([TWO, Z]), new Set([TWO])];
  for (const first of [ONLY_TWO, TWO_AND_Z]) {
    await using folder = await temporaryFolder();
    await (await open(folder.path, first)).close(); // nothing fetched: parts aside are blank
    await fetchUnfinished(folder.path, TWO_AND_Z);
    await Deno.remove(join(folder.path, partial, "z.bin"));
    await using store = await open(folder.path, ONLY_TWO);
    await assertHeldIsRight(store, sample);
    assert(store.held.isEmpty);
  }
});

Deno.test("any selections one after the other, killed or closed, hold what is right and finish", async () => {
  let state = 7;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let round = 0; round < 25; round++) {
    await using folder = await temporaryFolder();
    let select: ReadonlySet<number> = EVERYTHING;
    for (let step = 0; step < 6; step++) {
      const files = [...info.files.keys()].filter(() => random(2) === 0);
      select = new Set(files.length > 0 ? files : [Z]);
      const layer = new FaultyLayer();
      const store = await open(folder.path, select, layer);
      await assertHeldIsRight(store, sample);
      for (const index of allPieces(info)) {
        if (store.wanted.has(index) && random(3) > 0) {
          await store.put(index, pieceOf(sample, index));
        }
      }
      await assertHeldIsRight(store, sample);
      if (random(2) === 0) await store.close();
      else await layer.kill();
      if (random(2) === 0) await layer.kill();
      await store.close();
    }
    await using store = await open(folder.path, select);
    await assertHeldIsRight(store, sample);
    await putWanted(store, sample);
    await assertSelected(await store.finish(), sample, select);
    await assertHeldIsRight(store, sample);
  }
});

Deno.test({
  name: "what was fetched of a file stays while something else stands in its place",
  ignore: !CAN_MAKE_PIPES,
  async fn() {
    await using folder = await temporaryFolder();
    await fetchUnfinished(folder.path, EVERYTHING);
    await (await open(folder.path, new Set([Z]))).close();
    const place = join(folder.path, partial, ...info.files[LECTURE]!.path);
    await Deno.mkdir(dirname(place), { recursive: true });
    await makePipe(place);
    await assertRejects(() => open(folder.path, EVERYTHING), StorageError, "move it away");
    await Deno.remove(place);
    await using store = await open(folder.path, EVERYTHING);
    assert(store.held.isFull);
    await assertHeldIsRight(store, sample);
  },
});

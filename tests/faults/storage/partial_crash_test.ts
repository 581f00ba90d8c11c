import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { join } from "@std/path";
import { type Clock, systemClock } from "../../../lib/net/mod.ts";
import {
  openLibrary,
  openPartialStore,
  type PartialPlace,
  StorageError,
} from "../../../lib/storage/mod.ts";
import { FaultyLayer, type FileCall } from "../../storage/faulty_layer.ts";
import { assertHeldIsRight, assertSelected, putWanted } from "../../storage/selection.ts";
import {
  allPieces,
  fileSample,
  folderSample,
  namesIn,
  PIECE_LENGTH,
  pieceOf,
  type Sample,
  temporaryFolder,
} from "../../storage/samples.ts";

/** More faults than the longest run has calls: one that never comes to an end fails. */
const MAX_RUNS = 2_000;

/** A torrent, its data, and which files of it are fetched. */
interface Subject extends Sample {
  readonly select?: ReadonlySet<number>;
}

/** A clock that says every time that a checkpoint is due. */
function hastyClock(): Clock {
  let nowMs = 0;
  return { now: () => nowMs += 6_000, setTimer: systemClock.setTimer };
}

/** What the store has said of the pieces, in a run that may end at any call. */
interface Report {
  readonly held: Set<number>;
  finished: "no" | "yes";
}

async function fetchAll(layer: FaultyLayer, root: string, sample: Subject, report: Report) {
  const library = await openLibrary(root, layer);
  const { info, select } = sample;
  const store = await openPartialStore({ library, info, select, clock: hastyClock() });
  for (const index of allPieces(info)) {
    if (!store.wanted.has(index)) continue;
    await store.put(index, pieceOf(sample, index));
    report.held.add(index);
  }
  await store.finish();
  report.finished = "yes";
  await store.close();
}

/** Lets the n-th call of a fetch fail, for every n until the fetch comes to its end. */
async function tryAllRuns(
  sample: Subject,
  layerOf: (n: number) => FaultyLayer,
  promise: "keeps all" | "may lose",
): Promise<void> {
  for (let n = 1;; n++) {
    assert(n < MAX_RUNS, "no end of file calls");
    await using root = await temporaryFolder();
    const layer = layerOf(n);
    const report: Report = { held: new Set(), finished: "no" };
    const outcome = await fetchAll(layer, root.path, sample, report).catch((error) => error);
    await layer.kill();
    if (promise === "may lose" && report.finished === "no") report.held.clear();
    const library = await openLibrary(root.path);
    await checkAndComplete({ library }, sample, report);
    assertEquals(await namesIn(library.chunks), leftovers(sample));
    assertEquals(await namesIn(library.originals), [sample.info.name]);
    if (outcome === undefined) return;
    assertInstanceOf(outcome, StorageError);
  }
}

/** What a finished download leaves beside its data. */
function leftovers({ info, select }: Subject): string[] {
  return select === undefined ? [] : [`${info.name}.partial.aside`];
}

/** The store must hold what was reported, nothing bad, and go on to the end. */
async function checkAndComplete(
  place: PartialPlace,
  sample: Subject,
  report: Report,
): Promise<void> {
  const { info, select } = sample;
  await using store = await openPartialStore({ ...place, info, select });
  for (const index of report.held) assert(store.held.has(index), `piece ${index} is lost`);
  await assertHeldIsRight(store, sample);
  await putWanted(store, sample);
  await assertSelected(await store.finish(), sample, select);
}

const subjects: readonly Subject[] = [
  await fileSample({ length: 4.5 * PIECE_LENGTH }),
  await folderSample(),
  { ...await folderSample(), select: new Set([2, 5]) },
];

for (const sample of subjects) {
  const what = sample.select === undefined ? sample.info.shape : "selection of a folder";

  Deno.test(`a fetch of a ${what} may be killed at any file call`, async () => {
    await tryAllRuns(sample, (n) => FaultyLayer.nth(n, "all", { kind: "kill" }), "keeps all");
  });

  Deno.test(`a fetch of a ${what} may lose power at any file call`, async () => {
    await tryAllRuns(sample, (n) => FaultyLayer.nth(n, "all", { kind: "power cut" }), "may lose");
  });

  Deno.test(`a fetch of a ${what} may be killed while it moves to another disk`, async () => {
    await tryAllRuns(sample, (n) => {
      let state: "far" | "near" = "far";
      return new FaultyLayer((_call, count, path) => {
        if (count === n) return { kind: "kill" };
        if (state === "near" || !path.endsWith(join("Original_Files", sample.info.name))) return;
        state = "near";
        return { kind: "error", code: "EXDEV" };
      });
    }, "keeps all");
  });

  const faults: readonly [FileCall, string][] = [
    ["open", "EMFILE"],
    ["open", "EIO"],
    ["truncate", "ENOSPC"],
    ["writeAt", "ENOSPC"],
    ["writeAt", "EIO"],
    ["sync", "EIO"],
    ["rename", "EIO"],
    ["rename", "ENOSPC"],
    ["link", "EPERM"],
    ["link", "EIO"],
    ["remove", "EIO"],
    ["syncFolder", "EIO"],
    ["makeFolder", "EACCES"],
  ];
  for (const [call, code] of faults) {
    Deno.test(`a fetch of a ${what} outlives ${code} of any ${call}`, async () => {
      for (let n = 1;; n++) {
        assert(n < MAX_RUNS, "no end of file calls");
        await using folder = await temporaryFolder();
        const layer = FaultyLayer.nth(n, [call], { kind: "error", code });
        await fetchWithRetries(layer, folder.path, sample, code);
        if (layer.count(call) < n) break;
      }
    });
  }
}

/** Every rejection has the code; what is asked again succeeds, at the latest with another store. */
async function fetchWithRetries(
  layer: FaultyLayer,
  folder: string,
  sample: Subject,
  code: string,
): Promise<void> {
  const report: Report = { held: new Set(), finished: "no" };
  async function twice<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      assertInstanceOf(error, StorageError);
      assertEquals(error.code, code);
      return await work();
    }
  }
  const { info, select } = sample;
  const options = { folder, info, select, layer, clock: hastyClock() };
  const store = await twice(() => openPartialStore(options));
  const wanted = allPieces(info).filter((index) => store.wanted.has(index));
  for (const index of wanted) await twice(() => store.put(index, pieceOf(sample, index)));
  await twice(() => assertHeldIsRight(store, sample));
  for (const index of wanted) { // one that could not be read back was dropped
    await twice(() => store.put(index, pieceOf(sample, index)));
    report.held.add(index);
  }
  const finish = await twice(() => store.finish()).catch((error) => error);
  if (finish instanceof Error) assertEquals(code, "EIO", "only a sync that failed is final");
  await store.close();
  await checkAndComplete({ folder }, sample, report);
  assertEquals(await namesIn(folder), [info.name, ...leftovers(sample)]);
}

Deno.test("a journal that was cut off at any byte costs only pieces behind the cut", async () => {
  const sample = await fileSample();
  const { info } = sample;
  await using folder = await temporaryFolder();
  const journalPath = join(folder.path, `${info.name}.partial.journal`);
  const layer = new FaultyLayer();
  const store = await openPartialStore({ folder: folder.path, info, layer });
  const emptyLength = (await Deno.stat(journalPath)).size;
  const reported: { index: number; length: number }[] = [];
  for (const index of [3, 0, 12, 7]) {
    const piece = info.layout.pieceIndex(index);
    await store.put(piece, pieceOf(sample, piece));
    reported.push({ index, length: (await Deno.stat(journalPath)).size });
  }
  await layer.kill();
  const journal = await Deno.readFile(journalPath);
  const data = await Deno.readFile(join(folder.path, `${info.name}.partial`));
  for (let length = 0; length <= journal.length; length++) {
    await Deno.writeFile(journalPath, journal.subarray(0, length));
    await Deno.writeFile(join(folder.path, `${info.name}.partial`), data);
    await using again = await openPartialStore({ folder: folder.path, info });
    const expected = reported.filter((each) => length < emptyLength || each.length <= length);
    assertEquals([...again.held.ones()], expected.map((each) => each.index).sort((a, b) => a - b));
    await assertHeldIsRight(again, sample);
  }
});

Deno.test("a journal with any byte damaged costs nothing and adds nothing", async () => {
  const sample = await fileSample();
  const { info } = sample;
  await using folder = await temporaryFolder();
  const journalPath = join(folder.path, `${info.name}.partial.journal`);
  const store = await openPartialStore({ folder: folder.path, info });
  for (const index of allPieces(info).slice(0, 4)) await store.put(index, pieceOf(sample, index));
  await store.close();
  const journal = await Deno.readFile(journalPath);
  for (let at = 0; at < journal.length; at++) {
    const damaged = journal.slice();
    damaged[at]! ^= 0x10;
    await Deno.writeFile(journalPath, damaged);
    await using again = await openPartialStore({ folder: folder.path, info });
    assertEquals([...again.held.ones()], [0, 1, 2, 3], `byte ${at}`);
  }
});

Deno.test("a file that is gone costs its pieces, however often the next opening is killed", async () => {
  const sample = await folderSample();
  const { info } = sample;
  for (let n = 1;; n++) {
    assert(n < MAX_RUNS, "no end of file calls");
    await using folder = await temporaryFolder();
    {
      await using store = await openPartialStore({ folder: folder.path, info });
      await putWanted(store, sample);
    }
    await Deno.remove(join(folder.path, `${info.name}.partial`, "z.bin"));
    const layer = FaultyLayer.nth(n, "all", { kind: "kill" });
    const killed = openPartialStore({ folder: folder.path, info, layer });
    const outcome = await killed.then((store) => store.close(), (error) => error);
    await layer.kill();
    await using store = await openPartialStore({ folder: folder.path, info });
    assertEquals([...store.held.ones()], [0, 1, 2]);
    if (outcome === undefined) return;
  }
});

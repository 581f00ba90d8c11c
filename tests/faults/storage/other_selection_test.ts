import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { openPartialStore, StorageError } from "../../../lib/storage/mod.ts";
import { type Fault, FaultyLayer } from "../../storage/faulty_layer.ts";
import { allPieces, folderSample, pieceOf, temporaryFolder } from "../../storage/samples.ts";
import { assertHeldIsRight, assertSelected, putWanted } from "../../storage/selection.ts";

const sample = await folderSample();
const { info } = sample;

const EVERYTHING: ReadonlySet<number> = new Set(info.files.keys());
const EMPTY = 2;
const TWO = 3;
const LECTURE = 5;
const Z = 6;

/** More faults than the longest run has calls: one that never comes to an end fails. */
const MAX_RUNS = 2_000;

function open(folder: string, select: ReadonlySet<number>, layer = new FaultyLayer()) {
  return openPartialStore({ folder, info, select, layer });
}

/** Opens a store, puts all that it wants, and closes it unfinished. */
async function fetchUnfinished(folder: string, select: ReadonlySet<number>): Promise<void> {
  await using store = await open(folder, select);
  await putWanted(store, sample);
}

const faults: readonly Fault[] = [
  { kind: "kill" },
  { kind: "power cut" },
  { kind: "error", code: "EIO" },
];
const changes: readonly (readonly [from: ReadonlySet<number>, to: ReadonlySet<number>])[] = [
  [EVERYTHING, new Set([EMPTY, LECTURE])],
  [new Set([1, TWO]), new Set([TWO, Z])],
];

for (const fault of faults) {
  const kind = fault.kind === "error" ? fault.code : `a ${fault.kind}`;
  Deno.test(`another selection may meet ${kind} at any file call, and nothing bad is held`, async () => {
    for (const [from, to] of changes) {
      for (const next of [from, to]) await tryAllCalls(fault, { from, to, next });
    }
  });
}

interface Change {
  readonly from: ReadonlySet<number>;
  readonly to: ReadonlySet<number>;
  /** What is opened after the fault. */
  readonly next: ReadonlySet<number>;
}

/** Lets the n-th call fail of the opening of another selection, until it comes to its end. */
async function tryAllCalls(fault: Fault, { from, to, next }: Change): Promise<void> {
  for (let n = 1;; n++) {
    assert(n < MAX_RUNS, "no end of file calls");
    await using folder = await temporaryFolder();
    await (await open(folder.path, to)).close();
    await fetchUnfinished(folder.path, from);
    const layer = FaultyLayer.nth(n, "all", fault);
    const end = next === to ? "finish" : "close";
    const outcome = await openAndFetch(folder.path, to, { layer, end }).catch((error) => error);
    await layer.kill();
    {
      await using store = await open(folder.path, next);
      await assertHeldIsRight(store, sample);
      await putWanted(store, sample);
      await assertHeldIsRight(store, sample);
    }
    await using store = await open(folder.path, next);
    assertEquals(store.held.toBytes(), store.wanted.toBytes());
    await assertSelected(await store.finish(), sample, next);
    await assertHeldIsRight(store, sample);
    if (outcome === undefined) return;
    assertInstanceOf(outcome, StorageError);
  }
}

/** Opens a store and goes on with it, up to its end or a little. */
async function openAndFetch(
  folder: string,
  select: ReadonlySet<number>,
  { layer, end }: { layer: FaultyLayer; end: "close" | "finish" },
): Promise<void> {
  const store = await open(folder, select, layer);
  const missing = allPieces(info).filter((index) =>
    store.wanted.has(index) && !store.held.has(index)
  );
  for (const index of missing.slice(0, end === "finish" ? Infinity : 1)) {
    await store.put(index, pieceOf(sample, index));
  }
  if (end === "finish") await store.finish();
  await store.close();
}

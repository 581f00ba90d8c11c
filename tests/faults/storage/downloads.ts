import { join } from "@std/path";
import { type Clock, systemClock } from "../../../lib/net/mod.ts";
import { asideName, layOut, selectionOf } from "../../../lib/storage/data_layout.ts";
import {
  type FileLayer,
  openLibrary,
  openPartialStore,
  StorageError,
} from "../../../lib/storage/mod.ts";
import { FaultyLayer } from "../../storage/faulty_layer.ts";
import {
  allPieces,
  fileSample,
  folderSample,
  PIECE_LENGTH,
  pieceOf,
  type Sample,
  sampleBytes,
  writeSample,
} from "../../storage/samples.ts";
import { assertSelected } from "../../storage/selection.ts";
import { audit, fill, type Operation } from "./operation.ts";

const film = await fileSample({ length: 3.5 * PIECE_LENGTH });
const course = await folderSample();
const SOME = new Set([1, 5]);
const OTHERS = new Set([1, 6]);

/** A clock that says every time that a checkpoint is due. */
function hastyClock(): Clock {
  let nowMs = 0;
  return { now: () => nowMs += 6_000, setTimer: systemClock.setTimer };
}

/** File calls on a machine where originals lie on a disk of their own. */
function twoDisks(layer: FileLayer): FileLayer {
  const isMove = (from: string, to: string) =>
    from.includes("/Chunks/") && to.includes("/Original_Files/");
  const refusal = (to: string) =>
    Promise.reject(new StorageError(`Cannot create ${to}: another disk`, to, { code: "EXDEV" }));
  return {
    open: (path, mode) => layer.open(path, mode),
    stat: (path) => layer.stat(path),
    resolve: (path) => layer.resolve(path),
    list: (path) => layer.list(path),
    makeFolder: (path) => layer.makeFolder(path),
    remove: (path) => layer.remove(path),
    syncFolder: (path) => layer.syncFolder(path),
    freeSpace: (path) => layer.freeSpace(path),
    rename: (from, to) => isMove(from, to) ? refusal(to) : layer.rename(from, to),
    link: (from, to) => isMove(from, to) ? refusal(to) : layer.link(from, to),
  };
}

interface Variant {
  readonly name: string;
  readonly sample: Sample;
  readonly select?: ReadonlySet<number>;
  readonly prepare?: Operation["prepare"];
  /** How the file calls of the work are changed. */
  readonly over?: (layer: FileLayer) => FileLayer;
}

function download({ name, sample, select, prepare, over = (layer) => layer }: Variant): Operation {
  const { info } = sample;
  const { chosen, wanted } = selectionOf(info, select);
  const files = info.files.filter((_, at) => chosen.has(at));
  const aside = layOut(info, chosen, wanted).filter(({ role }) => role === "aside").map(asideName);
  return {
    name,
    prepare: prepare ?? (() => Promise.resolve([])),
    async work(layer, root, ledger) {
      const library = await openLibrary(root, over(layer));
      await using store = await openPartialStore({ library, info, select, clock: hastyClock() });
      await fill(store, sample, ledger);
      await store.finish();
    },
    async complete(root, ledger) {
      await using store = await openPartialStore({
        ...{ library: await openLibrary(root), info, select },
      });
      const lost = await audit(store, sample, ledger);
      await assertSelected(await store.finish(), sample, select);
      return lost;
    },
    leaves: [
      ...files.map(({ path }) => join("Original_Files", info.name, ...path)),
      ...aside.map((name) => join("Chunks", `${info.name}.partial.aside`, name)),
    ],
  };
}

/** A process that was killed when it had so many pieces; gives them. */
function killedAfter(sample: Sample, count: number, select?: ReadonlySet<number>) {
  return async (root: string): Promise<number[]> => {
    const { info } = sample;
    const layer = new FaultyLayer();
    const library = await openLibrary(root, layer);
    const store = await openPartialStore({ library, info, select });
    const begun = allPieces(info).filter((index) => store.wanted.has(index)).slice(0, count);
    for (const index of begun) await store.put(index, pieceOf(sample, index));
    await layer.kill();
    await store.close();
    await Deno.remove(`${library.partialPath(info.name)}.lock`);
    return begun;
  };
}

/** A copy of half of the data that somebody has put into the place of partial data. */
async function putHalf(root: string): Promise<number[]> {
  const library = await openLibrary(root);
  const content = sampleBytes(film.data.length, 99);
  content.set(film.data.subarray(0, 2 * PIECE_LENGTH));
  await Deno.mkdir(library.chunks);
  await Deno.writeFile(library.partialPath(film.info.name), content);
  return [0, 1];
}

async function putOriginal(root: string): Promise<number[]> {
  const library = await openLibrary(root);
  await writeSample(film, library.originalPath(film.info.name));
  return allPieces(film.info);
}

/** Downloads of all kinds. */
export const downloads: readonly Operation[] = [
  download({ name: "a download of a file", sample: film }),
  download({ name: "a download of a folder", sample: course }),
  download({ name: "a download that ends on another disk", sample: film, over: twoDisks }),
  download({ name: "a folder that ends on another disk", sample: course, over: twoDisks }),
  download({ name: "a selected download", sample: course, select: SOME }),
  download({
    ...{ name: "the resuming of a download", sample: film },
    prepare: killedAfter(film, 2),
  }),
  download({
    ...{ name: "the resuming of a selected download", sample: course, select: SOME },
    prepare: killedAfter(course, 2, SOME),
  }),
  download({
    ...{ name: "the changing of a selection", sample: course, select: OTHERS },
    prepare: killedAfter(course, 3, SOME),
  }),
  download({
    ...{ name: "the taking in of a copy without a journal", sample: film, prepare: putHalf },
  }),
  download({ name: "the finding of the whole file", sample: film, prepare: putOriginal }),
];

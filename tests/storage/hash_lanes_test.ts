import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { encodeHex, type PieceIndex } from "../../lib/bytes/mod.ts";
import { pieceHash, PieceLayout, type TorrentInfo } from "../../lib/metainfo/mod.ts";
import { DataFiles } from "../../lib/storage/data_files.ts";
import type { DataFile } from "../../lib/storage/data_layout.ts";
import { denoFileLayer } from "../../lib/storage/deno_file_layer.ts";
import type { StorageProgress } from "../../lib/storage/each_piece.ts";
import { StorageError } from "../../lib/storage/errors.ts";
import { type LaneReport, type LaneWork, runLane } from "../../lib/storage/hash_lane.ts";
import { hashInLanes } from "../../lib/storage/hash_lanes.ts";
import { hashPieces } from "../../lib/storage/hash_pieces.ts";
import { prepareLanes } from "../../lib/storage/lane_work.ts";
import { MAX_HASH_LANES, MAX_LANE_FILES } from "../../lib/storage/limits.ts";
import { CAN_MAKE_PIPES, makePipe } from "./make_pipe.ts";
import {
  allPieces,
  fileSample,
  folderSample,
  type Sample,
  temporaryFolder,
  writeSample,
} from "./samples.ts";

const MIB = 1024 * 1024;

/** Less than this is not worth a thread. */
const MUCH = 64 * MIB;

/** The pieces that a lane hashes rightly, run in this thread; none may come out wrong. */
function hashedByLane(info: TorrentInfo, files: DataFiles, indices = allPieces(info)) {
  const work = prepareLanes(files, info.layout, indices);
  const reports: LaneReport[] = [];
  runLane(work, (report) => reports.push(report));
  const hashed = indices.filter((index, at) => {
    if (work.done[at] === 0) return false;
    assertEquals(work.hashes.subarray(at * 20, at * 20 + 20), pieceHash(info, index));
    return true;
  });
  const told = reports.map((report) => report.type === "hashed" ? report.bytes : 0);
  assertEquals(
    told.reduce((sum, bytes) => sum + bytes, 0),
    hashed.reduce((sum, index) => sum + info.layout.pieceSize(index), 0),
  );
  const unreadable = reports.flatMap((report) => report.type === "unreadable" ? [report.at] : []);
  assertEquals(unreadable.map((at) => indices[at]), indices.filter((at) => !hashed.includes(at)));
  assertEquals(reports.filter(({ type }) => type === "over"), reports.slice(-1));
  return hashed;
}

/** The pieces that have no byte of a file. */
function piecesWithout(info: TorrentInfo, name: string): PieceIndex[] {
  const file = info.files.find((file) => file.path.at(-1) === name);
  assert(file !== undefined);
  return allPieces(info).filter((index) => {
    const begin = info.layout.pieceOffset(index);
    const end = begin + info.layout.pieceSize(index);
    return end <= file.offset || begin >= file.offset + file.length;
  });
}

async function written(sample: Sample) {
  const folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(sample, path);
  const files = new DataFiles({
    ...{ layer: denoFileLayer, root: path, mode: "read" },
    files: sample.info.files,
  });
  return { path, files, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

for (const make of [fileSample, folderSample]) {
  const sample = await make();

  Deno.test(`A lane hashes every piece of a ${sample.info.shape}, or those that are asked for`, async () => {
    await using data = await written(sample);
    const all = allPieces(sample.info);
    assertEquals(hashedByLane(sample.info, data.files), all);
    const some = all.filter((index) => index % 3 === 1).reverse();
    assertEquals(hashedByLane(sample.info, data.files, some), some);
    assertEquals(hashedByLane(sample.info, data.files, []), []);
  });
}

Deno.test("A lane takes padding for zeros, without a file", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(join(folder.path, "a"), new Uint8Array(5).fill(7));
  const files = new DataFiles({
    ...{ layer: denoFileLayer, root: folder.path, mode: "read" },
    files: [
      { path: ["a"], length: 5, offset: 0 },
      { path: [".pad"], length: 3 * MIB, offset: 5, role: "padding" },
    ],
  });
  const totalLength = 5 + 3 * MIB;
  const layout = new PieceLayout({ totalLength, pieceLength: 4 * MIB });
  const work = prepareLanes(files, layout, [...layout.pieceIndices()]);
  runLane(work, () => undefined);
  const bytes = new Uint8Array(totalLength);
  bytes.fill(7, 0, 5);
  assertEquals(work.hashes.slice(), new Uint8Array(await crypto.subtle.digest("SHA-1", bytes)));
});

const course = await folderSample();

for (
  const [what, harm] of Object.entries({
    "is missing": (path: string) => Deno.remove(path),
    "is too short": (path: string) => Deno.truncate(path, 1),
    "is a folder": async (path: string) => {
      await Deno.remove(path);
      await Deno.mkdir(path);
    },
    "is a link": async (path: string) => {
      await Deno.rename(path, `${path}.real`);
      await Deno.symlink(`${path}.real`, path);
    },
    ...(CAN_MAKE_PIPES && {
      "is a pipe": async (path: string) => {
        await Deno.remove(path);
        await makePipe(path);
      },
    }),
  })
) {
  Deno.test(`A lane leaves the pieces of a file out that ${what}`, async () => {
    await using data = await written(course);
    await harm(join(data.path, "a", "deep", "one.bin"));
    const hashed = hashedByLane(course.info, data.files);
    assert(piecesWithout(course.info, "one.bin").every((index) => hashed.includes(index)));
    assert(hashed.length < allPieces(course.info).length);
  });
}

Deno.test("A lane reads nothing below a folder that is a link", async () => {
  await using data = await written(course);
  await Deno.rename(join(data.path, "a"), join(data.path, "real"));
  await Deno.symlink(join(data.path, "real"), join(data.path, "a"));
  const expected = piecesWithout(course.info, "one.bin");
  assertEquals(
    hashedByLane(course.info, data.files),
    expected.filter((index) => piecesWithout(course.info, "two.bin").includes(index)),
  );
});

Deno.test("A lane that is to end begins no read", async () => {
  const sample = await fileSample();
  await using data = await written(sample);
  const work = prepareLanes(data.files, sample.info.layout, allPieces(sample.info));
  Atomics.store(work.stop, 0, 1);
  const reports: LaneReport[] = [];
  runLane(work, (report) => reports.push(report));
  assertEquals(reports, [{ type: "over" }]);
  assertEquals(work.done.some((state) => state === 1), false);
});

/** Files of which the disk holds next to nothing, in pieces of 1 MiB that all differ. */
async function large(...lengths: readonly number[]) {
  const folder = await temporaryFolder();
  const files: DataFile[] = [];
  let totalLength = 0;
  for (const [at, length] of lengths.entries()) {
    const path = [`${at}.bin`];
    using file = await Deno.open(join(folder.path, ...path), { write: true, createNew: true });
    await file.truncate(length);
    for (let begin = 0; begin < Math.min(length, 2 * MUCH); begin += MIB) {
      file.seekSync(begin, Deno.SeekMode.Start);
      file.writeSync(Uint8Array.of(at + 1, begin / MIB));
    }
    files.push({ path, length, offset: totalLength });
    totalLength += length;
  }
  const layout = new PieceLayout({ totalLength, pieceLength: MIB });
  return {
    path: folder.path,
    layout,
    indices: [...layout.pieceIndices()],
    files: (layer = denoFileLayer) =>
      new DataFiles({ ...{ layer, files, root: folder.path, mode: "read" } }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

type Large = Awaited<ReturnType<typeof large>>;

const NOTHING = { onBytes: () => undefined, onUnreadable: () => Promise.resolve() };

/** What `hashPieces` comes to, with files of this machine or of a layer. */
async function outcomeOf(
  data: Large,
  layer = denoFileLayer,
  indices: readonly PieceIndex[] = data.indices,
) {
  const hashes = new Map<PieceIndex, string>();
  const progress: StorageProgress[] = [];
  let unreadable = 0;
  const files = data.files(layer);
  await hashPieces({
    ...{ layout: data.layout, indices, files },
    onHash: (index, hash) => hashes.set(index, encodeHex(hash)),
    onUnreadable: () => unreadable++,
    onProgress: (now) => progress.push(now),
  });
  files.close();
  for (const [at, { doneBytes }] of progress.entries()) {
    assertGreater(doneBytes, progress[at - 1]?.doneBytes ?? 0);
  }
  return {
    hashes: [...hashes].sort(([a], [b]) => a - b),
    unreadable,
    last: progress.at(-1),
  };
}

/** A layer that is not the machine's, with which nothing is hashed on threads. */
const OTHER_LAYER = { ...denoFileLayer };

/** Runs something with another class of threads, or none, and so many processors. */
async function withWorkers<T>(
  { workers, processors = 2 }: { workers: typeof Worker | undefined; processors?: number },
  work: () => Promise<T>,
): Promise<T> {
  const { Worker } = globalThis;
  const own = Object.getOwnPropertyDescriptor(navigator, "hardwareConcurrency");
  Object.defineProperty(navigator, "hardwareConcurrency", {
    value: processors,
    configurable: true,
  });
  Object.assign(globalThis, { Worker: workers });
  try {
    return await work();
  } finally {
    Object.assign(globalThis, { Worker });
    if (own === undefined) Reflect.deleteProperty(navigator, "hardwareConcurrency");
    else Object.defineProperty(navigator, "hardwareConcurrency", own);
  }
}

/** How many threads are begun while something runs on a machine with so many processors. */
async function threadsOf(processors: number, work: () => Promise<unknown>): Promise<number> {
  let threads = 0;
  const workers = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      threads++;
    }
  };
  await withWorkers({ workers, processors }, work);
  return threads;
}

/** How many threads hash 64 MiB with so many processors, which must come out right. */
async function threadsForMuch(processors: number): Promise<number> {
  await using data = await large(MUCH - 5 * MIB / 2, 5 * MIB / 2);
  const right = await outcomeOf(data, OTHER_LAYER);
  assertEquals(new Set(right.hashes.map(([, hash]) => hash)).size, 64);
  let outcome;
  const threads = await threadsOf(processors, async () => outcome = await outcomeOf(data));
  assertEquals(outcome, right);
  return threads;
}

Deno.test("64 MiB are hashed on a thread for each processor, with one on this one", async () => {
  assertEquals(await threadsForMuch(1), 0);
  assertEquals(await threadsForMuch(2), 2);
});

Deno.test("Data is hashed on 8 threads at most, however many processors there are", async () => {
  assertEquals(await threadsForMuch(MAX_HASH_LANES), MAX_HASH_LANES);
  assertEquals(await threadsForMuch(MAX_HASH_LANES + 1), MAX_HASH_LANES);
});

Deno.test("Some of the pieces, in any order, are hashed on threads, too", async () => {
  await using data = await large(2 * MUCH);
  const some = data.indices.filter((index) => index % 3 > 0).reverse();
  let threaded;
  const threads = await threadsOf(2, async () => {
    threaded = await outcomeOf(data, denoFileLayer, some);
  });
  assertEquals(threads, 2);
  assertEquals(threaded, await outcomeOf(data, OTHER_LAYER, some));
});

Deno.test("No thread is begun for less than 64 MiB, nor for files that are not the machine's", async () => {
  await using data = await large(MUCH);
  const { layout, indices } = data;
  const begun = await threadsOf(4, async () => {
    const less = indices.slice(1);
    await hashInLanes({ files: data.files(), layout, indices: less, ...NOTHING });
    await hashInLanes({ files: data.files(OTHER_LAYER), layout, indices, ...NOTHING });
  });
  assertEquals(begun, 0);
});

Deno.test("Data of 10,000 files is hashed on threads, that of one more is not", async () => {
  await using data = await large(MUCH);
  const { layout, indices } = data;
  const [whole] = data.files().files;
  assert(whole !== undefined);
  for (const [count, threads] of [[MAX_LANE_FILES, 2], [MAX_LANE_FILES + 1, 0]] as const) {
    const empty = { path: ["none"], length: 0, offset: MUCH };
    const files = new DataFiles({
      ...{ layer: denoFileLayer, root: data.path, mode: "read" },
      files: [whole, ...Array.from({ length: count - 1 }, () => empty)],
    });
    const begun = await threadsOf(2, async () => {
      const hashes = await hashInLanes({ files, layout, indices, ...NOTHING });
      assertEquals(hashes.size, threads === 0 ? 0 : indices.length);
    });
    assertEquals(begun, threads);
  }
});

Deno.test("Threads and none come to the same unreadable pieces and progress", async () => {
  await using data = await large(MUCH, MUCH + MIB / 2);
  await Deno.truncate(join(data.path, "0.bin"), MUCH - 2 * MIB - 1);
  const outcome = await outcomeOf(data);
  assertEquals(outcome, await outcomeOf(data, OTHER_LAYER));
  const bytes = 2 * MUCH + MIB / 2;
  assertEquals([outcome.unreadable, outcome.last], [3, { doneBytes: bytes, totalBytes: bytes }]);
});

Deno.test("Pieces of files that are missing or too short are given to no thread", async () => {
  await using data = await large(MUCH, MUCH, MUCH);
  await Deno.remove(join(data.path, "1.bin"));
  await Deno.truncate(join(data.path, "2.bin"), MUCH / 2);
  const given = new Set<number>();
  const workers = class extends Worker {
    override postMessage(work: LaneWork): void {
      given.add(work.done.length);
      super.postMessage(work);
    }
  };
  const outcome = await withWorkers({ workers }, () => outcomeOf(data));
  assertEquals([...given], [64 + 32]);
  assertEquals(outcome, await outcomeOf(data, OTHER_LAYER));
  assertEquals(outcome.unreadable, 64 + 32);
});

/** The descriptors of this process that lead below a folder. */
function openBelow(folder: string): string[] {
  return [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
    try {
      const path = Deno.readLinkSync(`/proc/self/fd/${name}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return []; // it was closed meanwhile
    }
  });
}

const CAN_LOOK = Deno.build.os === "linux" ? "" : " (ignored: no descriptors to look at)";

Deno.test({
  name: `Aborted threads have ended when the work rejects, with no file open${CAN_LOOK}`,
  ignore: CAN_LOOK !== "",
  async fn() {
    await using data = await large(256 * MUCH);
    const { layout, indices } = data;
    const controller = new AbortController();
    const { signal } = controller;
    let bytes = 0;
    const onBytes = (more: number) => {
      if (bytes === 0) assert(openBelow(data.path).length > 0);
      bytes += more;
      controller.abort(new Error("enough"));
    };
    const options = { ...{ layout, indices, signal, onBytes }, files: data.files() };
    const work = () => hashInLanes({ ...NOTHING, ...options });
    await assertRejects(work, Error, "enough");
    assertEquals(openBelow(data.path), []);
    assertLess(bytes, 128 * MUCH);
    await assertRejects(work, Error, "enough");
  },
});

Deno.test("What the watcher of the progress throws ends the threads and the work", async () => {
  await using data = await large(256 * MUCH);
  const { layout, indices } = data;
  let told = 0;
  const onBytes = (): never => {
    told++;
    throw new Error("no more");
  };
  const options = { ...{ layout, indices, onBytes }, files: data.files() };
  await assertRejects(() => hashInLanes({ ...NOTHING, ...options }), Error, "no more");
  assertLess(told, 8, "nobody works on");
});

Deno.test("A piece that cannot be read ends the work long before all is hashed", async () => {
  await using data = await large(MIB, 256 * MUCH);
  const { layout, indices } = data;
  await Deno.remove(join(data.path, "0.bin"));
  let last = 0;
  const work = hashPieces({
    ...{ layout, indices, files: data.files() },
    onHash: () => undefined,
    onUnreadable: (error) => {
      throw error;
    },
    onProgress: ({ doneBytes }) => void (last = doneBytes),
  });
  const error = await assertRejects(() => work, StorageError);
  assertEquals(error.path, join(data.path, "0.bin"));
  assertLess(last, 128 * MUCH);
});

for (
  const [what, workers] of Object.entries({
    "there are none": undefined,
    "none can be begun": class extends Worker {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        this.terminate();
        throw new Error("no more threads");
      }
    },
    "none of them works": class extends Worker {
      constructor() {
        super(import.meta.resolve("./broken_worker.ts"), { type: "module" });
      }
    },
    "all of them fail after some pieces, and tell of none": class extends Worker {
      constructor() {
        super(import.meta.resolve("./failing_worker.ts"), { type: "module" });
      }
    },
  })
) {
  Deno.test(`Data is hashed without threads where ${what}`, async () => {
    await using data = await large(MUCH);
    const outcome = await withWorkers({ workers }, () => outcomeOf(data));
    assertEquals(outcome, await outcomeOf(data, OTHER_LAYER));
  });
}

Deno.test("A thread that fails at once is heard, and its work is done without it", async () => {
  await using data = await large(MUCH);
  const errors: Event[] = [];
  const workers = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      queueMicrotask(() => {
        const error = new ErrorEvent("error", { cancelable: true });
        this.dispatchEvent(error);
        this.terminate();
        errors.push(error);
      });
    }
  };
  const outcome = await withWorkers({ workers }, () => outcomeOf(data));
  assertEquals(outcome, await outcomeOf(data, OTHER_LAYER));
  assertEquals(errors.map((error) => error.defaultPrevented), [true, true]);
});

Deno.test("One thread does the work of two where the second cannot be begun", async () => {
  await using data = await large(MUCH);
  const { layout, indices } = data;
  let begun = 0;
  const workers = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      if (begun++ > 0) throw new Error("no more threads");
      super(...args);
    }
  };
  const work = () => hashInLanes({ files: data.files(), layout, indices, ...NOTHING });
  const hashes = await withWorkers({ workers }, work);
  assertEquals([begun, [...hashes.keys()]], [2, indices]);
});

Deno.test("Nobody looks for free descriptors while a thread loads, that of another work neither", async () => {
  await using data = await large(MUCH);
  const { layout, indices } = data;
  const steps: string[] = [];
  const workers = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      steps.push("begins");
      this.addEventListener("message", ({ data }: MessageEvent<LaneReport>) => {
        steps.push(data.type === "loaded" ? "has loaded" : data.type);
      }, { once: true });
    }
  };
  const { openSync } = Deno;
  Deno.openSync = (path, options) => {
    if (path === join(data.path, "0.bin") && steps.at(-1) !== "looks") steps.push("looks");
    return openSync(path, options);
  };
  try {
    const work = () => hashInLanes({ files: data.files(), layout, indices, ...NOTHING });
    const both = await withWorkers({ workers }, () => Promise.all([work(), work()]));
    assertEquals(both.map((hashes) => [...hashes.keys()]), [indices, indices]);
  } finally {
    Deno.openSync = openSync;
  }
  const [begins, loaded] = [["begins", "begins"], ["has loaded", "has loaded"]];
  const each = ["looks", ...begins, ...loaded];
  assertEquals(steps, [...each, ...each]);
});

Deno.test("A work that is aborted while it waits for its turn begins no thread, and no read", async () => {
  await using data = await large(256 * MUCH);
  const { layout, indices } = data;
  const controllers = [new AbortController(), new AbortController()];
  let bytes = 0;
  const begun = await threadsOf(2, async () => {
    const works = controllers.map(({ signal }) =>
      hashInLanes({
        ...{ ...NOTHING, layout, indices, signal, files: data.files() },
        onBytes: (more) => void (bytes += more),
      })
    );
    for (const controller of controllers) controller.abort(new Error("enough"));
    await Promise.all(works.map((work) => assertRejects(() => work, Error, "enough")));
  });
  assertEquals([begun, bytes], [0, 0]);
});

Deno.test("A work whose threads end before they have loaded leaves the next one its turn", async () => {
  await using data = await large(MUCH);
  const { layout, indices } = data;
  let isFirst = true;
  const workers = class extends Worker {
    override postMessage(work: LaneWork): void {
      if (isFirst) throw new Error("nothing can be sent");
      super.postMessage(work);
    }
  };
  await withWorkers({ workers }, async () => {
    const work = () => hashInLanes({ files: data.files(), layout, indices, ...NOTHING });
    await assertRejects(work, Error, "nothing can be sent");
    isFirst = false;
    assertEquals([...(await work()).keys()], indices);
  });
});

Deno.test("No thread is begun, and nobody asked, where its source may not be read", async () => {
  await using data = await large(MUCH);
  const { state } = Deno.permissions.querySync({ name: "read", path: data.path });
  assertEquals(state, "granted");
  const { querySync } = Deno.permissions;
  Deno.permissions.querySync = (query) => ({ ...querySync(query), state: "prompt" }) as never;
  try {
    const outcome = await threadsOf(2, async () => {
      const { layout, indices } = data;
      await hashInLanes({ files: data.files(), layout, indices, ...NOTHING });
    });
    assertEquals(outcome, 0);
  } finally {
    Deno.permissions.querySync = querySync;
  }
});

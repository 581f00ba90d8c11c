import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { encodeHex, type PieceIndex } from "../../lib/bytes/mod.ts";
import { pieceHash, PieceLayout, type TorrentInfo } from "../../lib/metainfo/mod.ts";
import { DataFiles } from "../../lib/storage/data_files.ts";
import { denoFileLayer } from "../../lib/storage/deno_file_layer.ts";
import { type LaneReport, runLane } from "../../lib/storage/hash_lane.ts";
import { hashInLanes } from "../../lib/storage/hash_lanes.ts";
import { hashPieces } from "../../lib/storage/hash_pieces.ts";
import { prepareLanes } from "../../lib/storage/lane_work.ts";
import { MAX_HASH_LANES } from "../../lib/storage/limits.ts";
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
  assertEquals(reports.at(-1)?.state, "over");
  assertEquals(
    reports.reduce((sum, { bytes }) => sum + bytes, 0),
    hashed.reduce((sum, index) => sum + info.layout.pieceSize(index), 0),
  );
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

/** A file of zeros, of which the disk holds nothing, but for its last byte. */
async function large(length: number) {
  const folder = await temporaryFolder();
  const path = join(folder.path, "large.bin");
  using file = await Deno.open(path, { write: true, createNew: true });
  await file.truncate(length);
  await file.seek(length - 1, Deno.SeekMode.Start);
  await file.write(Uint8Array.of(1));
  const layout = new PieceLayout({ totalLength: length, pieceLength: MIB });
  return {
    path,
    layout,
    indices: [...layout.pieceIndices()],
    files: (layer = denoFileLayer) =>
      new DataFiles({
        ...{ layer, root: path, mode: "read" },
        files: [{ path: [], length, offset: 0 }],
      }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** How many threads are begun while something runs on a machine with so many processors. */
async function threadsOf(processors: number, work: () => Promise<unknown>): Promise<number> {
  let threads = 0;
  const { Worker } = globalThis;
  const own = Object.getOwnPropertyDescriptor(navigator, "hardwareConcurrency");
  Object.defineProperty(navigator, "hardwareConcurrency", {
    value: processors,
    configurable: true,
  });
  globalThis.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      threads++;
    }
  };
  try {
    await work();
  } finally {
    globalThis.Worker = Worker;
    if (own === undefined) Reflect.deleteProperty(navigator, "hardwareConcurrency");
    else Object.defineProperty(navigator, "hardwareConcurrency", own);
  }
  return threads;
}

/** How many threads hash 64 MiB with so many processors, which must come out right. */
async function threadsForMuch(processors: number): Promise<number> {
  await using data = await large(MUCH);
  const { layout, indices } = data;
  let bytes = 0;
  let hashes: ReadonlyMap<PieceIndex, Uint8Array> = new Map();
  const threads = await threadsOf(processors, async () => {
    const onBytes = (more: number) => void (bytes += more);
    hashes = await hashInLanes({ files: data.files(), layout, indices, onBytes });
  });
  assertEquals(bytes, threads === 0 ? 0 : MUCH);
  assertEquals([...hashes.keys()], threads === 0 ? [] : indices);
  const zeros = new Uint8Array(await crypto.subtle.digest("SHA-1", new Uint8Array(MIB)));
  for (const [index, hash] of hashes) {
    if (index < indices.length - 1) assertEquals(hash, zeros);
  }
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

Deno.test("No thread is begun for less than 64 MiB, nor for files that are not the machine's", async () => {
  await using data = await large(MUCH);
  const { layout, indices } = data;
  const others = { ...denoFileLayer };
  const onBytes = () => undefined;
  const begun = await threadsOf(4, async () => {
    await hashInLanes({ files: data.files(), layout, indices: indices.slice(1), onBytes });
    await hashInLanes({ files: data.files(others), layout, indices, onBytes });
  });
  assertEquals(begun, 0);
});

Deno.test("Threads and none come to the same hashes, progress and unreadable pieces", async () => {
  await using data = await large(MUCH + MIB / 2);
  const { layout, indices } = data;
  await Deno.truncate(data.path, MUCH - 1);
  const outcomes = [];
  for (const layer of [denoFileLayer, { ...denoFileLayer }]) {
    const hashes = new Map<PieceIndex, string>();
    let unreadable = 0;
    let last = { doneBytes: 0, totalBytes: 0 };
    const files = data.files(layer);
    await hashPieces({
      ...{ layout, indices, files },
      onHash: (index, hash) => hashes.set(index, encodeHex(hash)),
      onUnreadable: () => unreadable++,
      onProgress: (progress) => {
        assert(progress.doneBytes > last.doneBytes || progress.doneBytes === 0);
        last = progress;
      },
    });
    files.close();
    outcomes.push({ hashes: [...hashes].sort(([a], [b]) => a - b), unreadable, last });
  }
  assertEquals(outcomes[0], outcomes[1]);
  const { unreadable, last } = outcomes[0]!;
  assertEquals({ unreadable, last }, {
    unreadable: 2,
    last: { doneBytes: MUCH + MIB / 2, totalBytes: MUCH + MIB / 2 },
  });
});

Deno.test("Threads end at once when the work is aborted, and it rejects with the reason", async () => {
  await using data = await large(64 * MUCH);
  const { layout, indices } = data;
  const controller = new AbortController();
  const onBytes = () => controller.abort(new Error("enough"));
  const { signal } = controller;
  const work = hashInLanes({ files: data.files(), layout, indices, signal, onBytes });
  await assertRejects(() => work, Error, "enough");
  await assertRejects(
    () => hashInLanes({ files: data.files(), layout, indices, signal, onBytes }),
    Error,
    "enough",
  );
});

Deno.test({
  name: "Without the permission to read a thread's source all is hashed on this one",
  permissions: { read: [Deno.env.get("TMPDIR") ?? "/tmp"], write: true },
  async fn() {
    await using data = await large(MUCH);
    const { layout, indices } = data;
    const begun = await threadsOf(4, async () => {
      const hashes = await hashInLanes({
        ...{ files: data.files(), layout, indices },
        onBytes: () => undefined,
      });
      assertEquals(hashes.size, 0);
    });
    assertEquals(begun, 0);
  },
});

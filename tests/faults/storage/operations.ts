import { assert, assertEquals } from "@std/assert";
import { basename, join } from "@std/path";
import { keepTorrent } from "../../../lib/cli/keep_torrent.ts";
import { takeInChunks } from "../../../lib/cli/shell/take_in_chunks.ts";
import { createInfo, encodeTorrent, parseTorrent } from "../../../lib/metainfo/mod.ts";
import {
  cutIntoChunks,
  type FileLayer,
  hashPaths,
  type Library,
  mergeChunks,
  openChunkStore,
  openLibrary,
  openSeedStore,
  verifyData,
  writeFileAtomic,
} from "../../../lib/storage/mod.ts";
import {
  allPieces,
  assertSameBytes,
  fileSample,
  folderSample,
  PIECE_LENGTH,
  pieceOf,
  readSample,
  sampleBytes,
  writeSample,
} from "../../storage/samples.ts";
import { downloads } from "./downloads.ts";
import { audit, fill, type Ledger, type Operation } from "./operation.ts";

const film = await fileSample({ length: 3.5 * PIECE_LENGTH });
const { info } = film;
const course = await folderSample();
const NEVER = new AbortController().signal;
const original = join("Original_Files", info.name);
const parts = allPieces(info).map((index) => join("Chunks", `${info.name}.part${index + 1}`));
const torrent = join("Chunks", `${info.name}.torrent`);

async function writeOriginal(root: string): Promise<Library> {
  const library = await openLibrary(root);
  await writeSample(film, library.originalPath(info.name));
  return library;
}

async function writeChunks(root: string, indices = allPieces(info)): Promise<Library> {
  const library = await openLibrary(root);
  await Deno.mkdir(library.chunks);
  await Deno.writeFile(library.torrentPath(info.name), encodeTorrent({ info }));
  for (const index of indices) {
    await Deno.writeFile(library.partPath(info.name, index), pieceOf(film, index));
  }
  return library;
}

async function assertOriginal(library: Library): Promise<void> {
  assertSameBytes(await readSample(film, library.originalPath(info.name)), film.data, "the file");
}

async function assertChunks(library: Library): Promise<void> {
  for (const index of allPieces(info)) {
    const content = await Deno.readFile(library.partPath(info.name, index));
    assertSameBytes(content, pieceOf(film, index), `chunk ${index}`);
  }
  const { info: { infoHash } } = await library.readTorrent(info.name);
  assertEquals(infoHash, info.infoHash);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

const cutting: Operation = {
  name: "the cutting of a file",
  async prepare(root) {
    await writeOriginal(root);
    return [];
  },
  async work(layer, root) {
    const library = await openLibrary(root, layer);
    await cutIntoChunks({ library, path: info.name, pieceLength: PIECE_LENGTH });
  },
  async complete(root) {
    const library = await openLibrary(root);
    await assertOriginal(library);
    // It comes last: whoever sees it may rely on it that the chunk files are there.
    if (await exists(library.torrentPath(info.name))) {
      assertEquals((await library.readTorrent(info.name)).info.infoHash, info.infoHash);
      for (const path of parts) assert(await exists(join(root, path)), `${path} is missing`);
    }
    await cutIntoChunks({ library, path: info.name, pieceLength: PIECE_LENGTH });
    await assertChunks(library);
    return 0;
  },
  leaves: [original, torrent, ...parts],
};

const merging: Operation = {
  name: "the merging of chunk files",
  async prepare(root) {
    await writeChunks(root);
    return [];
  },
  async work(layer, root) {
    await mergeChunks({ library: await openLibrary(root, layer), name: info.name });
  },
  async complete(root) {
    const library = await openLibrary(root);
    if (await exists(library.originalPath(info.name))) await assertOriginal(library);
    await mergeChunks({ library, name: info.name });
    await assertOriginal(library);
    await assertChunks(library);
    return 0;
  },
  leaves: [original, torrent, ...parts],
};

async function fetchChunks(library: Library, work: (ledger: Ledger) => Promise<void>) {
  await work(new Set());
  await assertOriginal(library);
  await assertChunks(library);
}

const chunkDownload: Operation = {
  name: "a download into chunk files",
  async prepare(root) {
    await writeChunks(root, allPieces(info).slice(0, 1));
    return [0];
  },
  async work(layer, root, ledger) {
    await using store = await openChunkStore({ library: await openLibrary(root, layer), info });
    await fill(store, film, ledger);
    await store.finish();
  },
  async complete(root, ledger) {
    const library = await openLibrary(root);
    let lost = 0;
    await fetchChunks(library, async () => {
      await using store = await openChunkStore({ library, info });
      lost = await audit(store, film, ledger);
      await store.finish();
    });
    return lost;
  },
  leaves: [original, torrent, ...parts],
};

const takingIn: Operation = {
  name: "the taking in of chunk files",
  async prepare(root) {
    await writeChunks(root, allPieces(info).slice(0, 2));
    return [];
  },
  async work(layer, root, ledger) {
    const library = await openLibrary(root, layer);
    const [first, second, third] = allPieces(info);
    assert(first !== undefined && second !== undefined && third !== undefined);
    const [here, away] = [library.partPath(info.name, first), join(root, "away")];
    if (!await exists(away)) await Deno.rename(here, away);
    await using store = await openChunkStore({ library, info });
    await Deno.rename(away, here);
    await Deno.writeFile(library.partPath(info.name, third), pieceOf(film, third));
    await takeInChunks(library, { store, supply: store.put.bind(store) }, NEVER);
    for (const index of store.held.ones()) ledger.add(index);
  },
  async complete(root, ledger) {
    const away = join(root, "away");
    if (await exists(away)) await Deno.rename(away, join(root, parts[0] ?? ""));
    await using store = await openChunkStore({ library: await openLibrary(root), info });
    return await audit(store, film, ledger);
  },
  leaves: [torrent, ...parts],
};

async function seedAll(root: string, layer?: FileLayer): Promise<void> {
  const path = join(root, course.info.name);
  await using store = await openSeedStore({ info: course.info, path, layer });
  for (const index of store.held.ones()) {
    const piece = course.info.layout.pieceIndex(index);
    const bytes = new Uint8Array(course.info.layout.pieceSize(piece));
    await store.read(piece, 0, bytes);
    assertSameBytes(bytes, pieceOf(course, piece), `piece ${index}`);
  }
  if (layer === undefined) assert(store.held.isFull);
}

async function writeCourse(root: string): Promise<Iterable<number>> {
  await writeSample(course, join(root, course.info.name));
  return [];
}

const courseFiles = course.info.files.map(({ path }) => join(course.info.name, ...path));

const seeding: Operation = {
  name: "the seeding of a folder",
  prepare: writeCourse,
  work: (layer, root) => seedAll(root, layer),
  async complete(root) {
    await seedAll(root);
    return 0;
  },
  leaves: courseFiles,
};

const verifying: Operation = {
  name: "the verifying of a folder",
  prepare: writeCourse,
  async work(layer, root) {
    await verifyData(course.info, join(root, course.info.name), { layer });
  },
  async complete(root) {
    assert((await verifyData(course.info, join(root, course.info.name))).isFull);
    return 0;
  },
  leaves: courseFiles,
};

async function create(root: string, layer?: FileLayer): Promise<void> {
  const path = join(root, course.info.name);
  const made = await createInfo(await hashPaths({ path, layer, pieceLength: PIECE_LENGTH }));
  assertEquals(made.infoHash, course.info.infoHash);
  const library = await openLibrary(root, layer);
  const target = join(root, "course.torrent");
  await writeFileAtomic(library.layer, target, encodeTorrent({ info: made }));
}

const creating: Operation = {
  name: "the making of a torrent file",
  prepare: writeCourse,
  work: (layer, root) => create(root, layer),
  async complete(root) {
    const target = join(root, "course.torrent");
    if (await exists(target)) await parseTorrent(await Deno.readFile(target), target);
    await create(root);
    const made = await parseTorrent(await Deno.readFile(target), target);
    assertEquals(made.info.infoHash, course.info.infoHash);
    return 0;
  },
  leaves: [...courseFiles, "course.torrent"],
};

async function list(root: string, layer?: FileLayer): Promise<void> {
  const library = await openLibrary(root, layer);
  const names = (await library.layer.list(library.chunks)).map(({ name }) => name);
  assert(names.includes(basename(torrent)));
  assertEquals((await library.readTorrent(info.name)).info.infoHash, info.infoHash);
  assertEquals(await library.resolveOriginal(info.name), library.originalPath(info.name));
}

const listing: Operation = {
  name: "the listing of a library",
  async prepare(root) {
    await writeOriginal(root);
    await writeChunks(root);
    return [];
  },
  work: (layer, root) => list(root, layer),
  async complete(root) {
    await list(root);
    return 0;
  },
  leaves: [original, torrent, ...parts],
};

const TRACKERS = [["http://tracker.example/announce"]];

const keeping: Operation = {
  name: "the keeping of a torrent file",
  prepare: () => Promise.resolve([]),
  async work(layer, root) {
    const library = await openLibrary(root, layer);
    const kept = await keepTorrent(library, info);
    assertEquals(kept, kept.length === 0 ? [] : TRACKERS);
    assertEquals(await keepTorrent(library, info, TRACKERS), TRACKERS);
  },
  async complete(root) {
    const library = await openLibrary(root);
    if (await exists(library.torrentPath(info.name))) {
      assertEquals((await library.readTorrent(info.name)).info.infoHash, info.infoHash);
    }
    await keepTorrent(library, info, TRACKERS);
    assertEquals((await library.readTorrent(info.name)).trackers, TRACKERS);
    return 0;
  },
  leaves: [torrent],
};

const OLD = sampleBytes(3_000, 5);
const NEW = sampleBytes(2_000, 6);

const replacing: Operation = {
  name: "the replacing of a small file",
  async prepare(root) {
    await Deno.writeFile(join(root, "state"), OLD);
    return [];
  },
  work: (layer, root) => writeFileAtomic(layer, join(root, "state"), NEW),
  async complete(root) {
    const path = join(root, "state");
    const content = await Deno.readFile(path);
    assertSameBytes(content, content.length === OLD.length ? OLD : NEW, "old or new");
    const library = await openLibrary(root);
    await writeFileAtomic(library.layer, path, NEW);
    assertSameBytes(await Deno.readFile(path), NEW);
    return 0;
  },
  leaves: ["state"],
};

/** All work on files that there is. */
export const OPERATIONS: readonly Operation[] = [
  ...downloads,
  ...[cutting, merging, chunkDownload, takingIn, seeding, verifying, creating],
  ...[listing, keeping, replacing],
];

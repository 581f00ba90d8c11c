import { join } from "@std/path";
import {
  openChunkStore,
  openLibrary,
  openMemoryStore,
  openPartialStore,
  openSeedStore,
  type PieceStore,
} from "../../lib/storage/mod.ts";
import { testPieceStore } from "./conformance.ts";
import { allPieces, pieceOf, type Sample, temporaryFolder, writeSample } from "./samples.ts";

testPieceStore({
  name: "memory store",
  access: "read-write",
  open: ({ info, data }, content) =>
    Promise.resolve(openMemoryStore(info, content === "whole" ? data : undefined)),
});

testPieceStore({
  name: "partial store",
  access: "read-write",
  open: (sample, content) =>
    inFolder(async (folder) => {
      const store = await openPartialStore({ folder, info: sample.info });
      if (content === "whole") await putAll(store, sample);
      return store;
    }),
});

testPieceStore({
  name: "partial store in a library",
  access: "read-write",
  open: (sample, content) =>
    inFolder(async (folder) => {
      const library = await openLibrary(folder);
      const store = await openPartialStore({ library, info: sample.info });
      if (content === "whole") await putAll(store, sample);
      return store;
    }),
});

for (const select of [[5, 6], [1], [2, 3], [0, 1, 2, 3, 4, 5, 6, 7]]) {
  testPieceStore({
    name: `partial store of the files ${select}`,
    access: "read-write",
    open: (sample, content) =>
      inFolder(async (folder) => {
        const files = sample.info.files.length === 1 ? [0] : select;
        const options = { library: await openLibrary(folder), info: sample.info };
        const store = await openPartialStore({ ...options, select: new Set(files) });
        if (content === "whole") await putAll(store, sample);
        return store;
      }),
  });
}

testPieceStore({
  name: "chunk store",
  access: "read-write",
  open: (sample, content) =>
    inFolder(async (folder) => {
      const store = await openChunkStore({ library: await openLibrary(folder), info: sample.info });
      if (content === "whole") await putAll(store, sample);
      return store;
    }),
});

testPieceStore({
  name: "seed store",
  access: "read-only",
  open: (sample) =>
    inFolder(async (folder) => {
      const path = join(folder, "data");
      await writeSample(sample, path);
      return await openSeedStore({ info: sample.info, path });
    }),
});

testPieceStore({
  name: "trusted seed store",
  access: "read-only",
  open: (sample) =>
    inFolder(async (folder) => {
      const path = join(folder, "data");
      await writeSample(sample, path);
      return await openSeedStore({ info: sample.info, path, held: "trusted" });
    }),
});

async function putAll(store: PieceStore, sample: Sample): Promise<void> {
  for (const index of allPieces(sample.info)) {
    if (store.wanted.has(index)) await store.put(index, pieceOf(sample, index));
  }
}

/** Opens a store in a folder that goes when the store is closed. */
async function inFolder(open: (folder: string) => Promise<PieceStore>): Promise<PieceStore> {
  const folder = await temporaryFolder();
  const store = await open(folder.path);
  const close = store.close.bind(store);
  let removed: PromiseLike<void> | undefined;
  store.close = async () => {
    await close();
    await (removed ??= folder[Symbol.asyncDispose]());
  };
  return store;
}

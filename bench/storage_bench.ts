/**
 * How fast stores take and give pieces, where the temporary folder is (TMPDIR=/dev/shm for memory):
 *
 *     TMPDIR=/dev/shm deno bench -A bench/storage_bench.ts
 */
import { createInfo, type TorrentInfo } from "../lib/metainfo/mod.ts";
import {
  hashPaths,
  openPartialStore,
  openSeedStore,
  type PieceStore,
  verifyData,
} from "../lib/storage/mod.ts";

const PIECE_LENGTH = 512 * 1024;
const PIECES = 256;

const folder = await Deno.makeTempDir({ prefix: "sluice-bench-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

const data = new Uint8Array(PIECES * PIECE_LENGTH);
for (let at = 0; at < data.length; at += 65_536) {
  crypto.getRandomValues(data.subarray(at, at + 65_536));
}
const source = `${folder}/source.bin`;
await Deno.writeFile(source, data);
const info: TorrentInfo = await createInfo(
  await hashPaths({ path: source, pieceLength: PIECE_LENGTH }),
);
const seed = await openSeedStore({ info, path: source, held: "trusted" });

/** Puts all pieces, some at a time. */
async function putAll(store: PieceStore, sideBySide: number): Promise<void> {
  const indices = info.layout.pieceIndices();
  async function run(): Promise<void> {
    for (const index of indices) {
      const start = info.layout.pieceOffset(index);
      await store.put(index, data.subarray(start, start + PIECE_LENGTH));
    }
  }
  await Promise.all(Array.from({ length: sideBySide }, run));
}

for (const sideBySide of [1, 2, 4]) {
  Deno.bench({
    name: `partial store: put 128 MiB in pieces of 512 KiB, ${sideBySide} at a time`,
    group: "put",
    async fn(bench) {
      const target = await Deno.makeTempDir({ dir: folder });
      const store = await openPartialStore({ folder: target, info });
      bench.start();
      await putAll(store, sideBySide);
      bench.end();
      if (!store.held.isFull) throw new Error("not all pieces were taken");
      await store.close();
      await Deno.remove(target, { recursive: true });
    },
  });
}

for (const [name, length] of [["16 KiB", 16_384], ["128 KiB", 131_072]] as const) {
  Deno.bench({
    name: `seed store: read 16 MiB in blocks of ${name}`,
    group: "read",
    async fn() {
      const block = new Uint8Array(length);
      for (let piece = 0; piece < 32; piece++) {
        const index = info.layout.pieceIndex(piece);
        for (let begin = 0; begin < PIECE_LENGTH; begin += length) {
          await seed.read(index, begin, block);
        }
      }
    },
  });
}

Deno.bench({
  name: "seed store: stream 16 MiB",
  group: "read",
  async fn() {
    for (let piece = 0; piece < 32; piece++) {
      let length = 0;
      for await (const chunk of seed.stream(info.layout.pieceIndex(piece), 0, PIECE_LENGTH)) {
        length += chunk.length;
      }
      if (length !== PIECE_LENGTH) throw new Error("the stream was cut short");
    }
  },
});

Deno.bench({
  name: "verify 128 MiB",
  group: "hash",
  async fn() {
    const held = await verifyData(info, source);
    if (!held.isFull) throw new Error("the data was changed");
  },
});

Deno.bench({
  name: "hash 128 MiB for a new torrent",
  group: "hash",
  async fn() {
    await hashPaths({ path: source, pieceLength: PIECE_LENGTH });
  },
});

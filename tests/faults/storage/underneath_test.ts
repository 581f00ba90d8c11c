import { assert, assertEquals, assertGreater } from "@std/assert";
import { join } from "@std/path";
import { equalBytes } from "../../../lib/bytes/mod.ts";
import { describeLoss } from "../../../lib/cli/disk_news.ts";
import { sleep, systemClock } from "../../../lib/net/mod.ts";
import { PeerNode, shareData, type TorrentEvent } from "../../../lib/peer/mod.ts";
import { openMemoryStore, openSeedStore, type PieceStore } from "../../../lib/storage/mod.ts";
import {
  allPieces,
  fileSample,
  PIECE_LENGTH,
  pieceOf,
  type Sample,
  sampleBytes,
  temporaryFolder,
} from "../../storage/samples.ts";
import { assertHeldIsRight } from "../../storage/selection.ts";

/** The time within which anything must happen here. */
const PATIENCE_MS = 30_000;

/** The time between two looks, in milliseconds. */
const LOOK_MS = 5;

const film = await fileSample({ length: 300.5 * PIECE_LENGTH });
const OTHER = sampleBytes(film.data.length, 55);

/** What others do to a file that is served, and how many of its pieces are still right then. */
const CHANGES: readonly {
  readonly what: string;
  readonly change: (path: string) => Promise<void>;
  readonly left: "all" | "some" | "none";
}[] = [
  {
    what: "appended to",
    change: (path) => Deno.writeFile(path, OTHER.subarray(0, 9), { append: true }),
    left: "all",
  },
  { what: "touched", change: (path) => Deno.utime(path, 1, 1), left: "all" },
  {
    what: "cut to its half",
    change: (path) => Deno.truncate(path, film.data.length / 2),
    left: "some",
  },
  { what: "emptied", change: (path) => Deno.truncate(path, 0), left: "none" },
  { what: "rewritten in place", change: (path) => Deno.writeFile(path, OTHER), left: "none" },
  {
    what: "rewritten here and there",
    async change(path) {
      using file = await Deno.open(path, { write: true });
      for (let piece = 0; piece < 300; piece += 2) {
        await file.seek(piece * PIECE_LENGTH + 100, Deno.SeekMode.Start);
        await file.write(OTHER.subarray(0, 10));
      }
    },
    left: "some",
  },
  {
    what: "removed and written anew",
    async change(path) {
      await Deno.truncate(path, 0);
      await Deno.remove(path);
      await Deno.writeFile(path, OTHER);
    },
    left: "none",
  },
  {
    what: "emptied and replaced by a link to other data",
    async change(path) {
      await Deno.writeFile(`${path}.other`, OTHER);
      await Deno.truncate(path, 0);
      await Deno.remove(path);
      await Deno.symlink(`${path}.other`, path);
    },
    left: "none",
  },
];

/** Waits until something is so. */
async function until(isSo: () => boolean, what: string): Promise<void> {
  const startMs = performance.now();
  while (!isSo()) {
    assert(performance.now() - startMs < PATIENCE_MS, `not within ${PATIENCE_MS} ms: ${what}`);
    await sleep(systemClock, LOOK_MS);
  }
}

/** The pieces of the film that are right in a file. */
async function rightPiecesIn(path: string): Promise<Set<number>> {
  const found = await Deno.readFile(path);
  const right = allPieces(film.info).filter((index) => {
    const piece = pieceOf(film, index);
    const from = index * PIECE_LENGTH;
    return equalBytes(found.subarray(from, from + piece.length), piece);
  });
  return new Set(right);
}

/** A node at this machine that serves a store. */
function serving(store: PieceStore, maxUpRate: number) {
  const node = new PeerNode({ host: "127.0.0.1", maxUpRate });
  return { node, torrent: node.add(store, { intent: "serve" }) };
}

/** A store in memory that holds nothing yet, or everything. */
function memory({ info, data }: Sample, held: "all" | "nothing"): PieceStore {
  return held === "all" ? openMemoryStore(info, data) : openMemoryStore(info);
}

for (const { what, change, left } of CHANGES) {
  Deno.test(`a peer gets nothing wrong of a file that is ${what}, and ${left} of the right`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, film.info.name);
    await Deno.writeFile(path, film.data);
    const seed = serving(await openSeedStore({ info: film.info, path }), 4 * 1024 * 1024);
    await using _seeder = seed.node;
    await using node = new PeerNode({ host: "127.0.0.1" });
    const leecher = node.add(memory(film, "nothing"), { peers: [seed.node.address] });
    const { held } = leecher.store;
    const told = new Map<TorrentEvent["type"], number>();
    for (const torrent of [seed.torrent, leecher]) {
      const count = ({ type }: TorrentEvent): void =>
        void told.set(type, (told.get(type) ?? 0) + 1);
      void torrent.watch().pipeTo(new WritableStream({ write: count }));
    }
    const hasLost = () => (told.get("lost") ?? 0) > 0;
    await until(() => held.count >= 20, "20 pieces");
    await change(path);

    const isDone = () => held.isFull || seed.torrent.store.held.count <= held.count && hasLost();
    await until(isDone, "the end of what is right");
    await assertHeldIsRight(leecher.store, film);
    assertEquals(held.isFull, left === "all");
    assertEquals(hasLost(), left !== "all");
    assertEquals([told.get("corrupt"), told.get("banned")], [undefined, undefined]);
    if (left === "some") assertGreater(seed.torrent.store.held.count, 100);
    // What is told to be left is all that is right on the disk, and else only what nobody asked for
    // since it changed, because it was fetched before.
    const right = await rightPiecesIn(path);
    const kept = [...seed.torrent.store.held.ones()];
    assertEquals([...right].filter((index) => !kept.includes(index)), [], "right ones given up");
    const wrong = kept.filter((index) => !right.has(index));
    assertEquals(wrong.filter((index) => !held.has(index)), [], "wrong ones are still offered");
    assertEquals(describeLoss(seed.torrent, [1])[0].held, right.size + wrong.length);

    const whole = serving(memory(film, "all"), 100 * 1024 * 1024);
    await using _whole = whole.node;
    leecher.addPeers([whole.node.address]);
    await until(() => held.isFull, "all, with another seeder");
    await assertHeldIsRight(leecher.store, film);
  });
}

Deno.test("a file that is shared anew after a change is another torrent, and is served", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, film.info.name);
  await Deno.writeFile(path, OTHER);
  await using node = new PeerNode({ host: "127.0.0.1" });
  const first = await shareData(node, { path, pieceLength: PIECE_LENGTH });
  await Deno.writeFile(path, film.data);
  const second = await shareData(node, { path, pieceLength: PIECE_LENGTH });
  assertEquals(second.store.info.infoHash, film.info.infoHash);
  assertEquals(first.store.info.infoHash === film.info.infoHash, false);
  await using other = new PeerNode({ host: "127.0.0.1" });
  const leecher = other.add(memory(film, "nothing"), { peers: [node.address] });
  await until(() => leecher.store.held.isFull, "all of the new file");
  await assertHeldIsRight(leecher.store, film);
});

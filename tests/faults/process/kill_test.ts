import { assert, assertEquals, assertGreater, assertLess, assertLessOrEqual } from "@std/assert";
import { join } from "@std/path";
import { equalBytes } from "../../../lib/bytes/mod.ts";
import { EXIT } from "../../../lib/cli/exit_code.ts";
import { parseTorrent, type TorrentInfo } from "../../../lib/metainfo/mod.ts";
import { PeerNode, type Torrent } from "../../../lib/peer/mod.ts";
import { openMemoryStore } from "../../../lib/storage/mod.ts";
import { decodeJournal } from "../../../lib/storage/journal_format.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";
import { deadPort } from "../../e2e/dead_port.ts";
import { Scene } from "../../e2e/scene.ts";
import type { Sluice } from "../../e2e/sluice.ts";
import { filmOf, IN_PIECES, lasting, PIECE, progressOf } from "./transfers.ts";

const FILM = filmOf(3, 128);
const KILLS = 100;
const SIGKILLED = 128 + 9;
/** As one ends that has not begun to take heed of it. */
const SIGTERMED = 128 + 15;
/** How a run may end; any other code is a failure of its own. */
const ENDS: readonly number[] = [SIGKILLED, SIGTERMED, EXIT.interrupted, EXIT.done];
/** Of fewer runs than this so many are killed, or the moments are badly chosen. */
const MAX_RUNS = 4 * KILLS;
/** The last kills come so long after the start, or after there is a connection, in milliseconds. */
const LATEST_MS = 400;
const RATES: readonly (readonly string[])[] = [
  ["--down", "1M"],
  ["--down", "2M"],
  ["--down", "3M"],
  [],
];

/** A seeder that knows what it has sent; in this process, so that nothing of that is lost. */
class WatchedSeeder implements AsyncDisposable {
  /** The torrent. */
  readonly torrent: Torrent;
  /** Where it listens. */
  readonly address: string;
  readonly #node: PeerNode;
  readonly #watching: Promise<void>;
  #sent = new Set<number>();

  constructor(info: TorrentInfo) {
    this.#node = new PeerNode({ host: "127.0.0.1" });
    this.torrent = this.#node.add(openMemoryStore(info, FILM), { intent: "serve" });
    this.address = `127.0.0.1:${this.#node.address.port}`;
    this.#watching = this.#watch();
  }

  /** Waits until somebody is connected, or nobody, or `isOver`. */
  async until(wanted: "connected" | "alone", isOver: () => boolean = () => false): Promise<void> {
    for (let look = 0; look < 4_000; look++) {
      if (isOver() || (this.torrent.links.length > 0) === (wanted === "connected")) return;
      await lasting(10);
    }
    throw new Error(`The seeder is never ${wanted}`);
  }

  /** The pieces of which something was sent since it was asked last. */
  takeSent(): Set<number> {
    const sent = this.#sent;
    this.#sent = new Set();
    return sent;
  }

  async #watch(): Promise<void> {
    for await (const event of this.torrent.watch()) {
      if (event.type === "uploaded") this.#sent.add(event.index);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#node.close();
    await this.#watching;
  }
}

/** The bytes of a file; `undefined` if there is none. */
async function contentOf(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The pieces that a library keeps of a download, each of which must be right. */
async function keptIn(library: string, info: TorrentInfo): Promise<Set<number>> {
  const count = info.layout.pieceCount;
  const final = join(library, "Original_Files", "film.bin");
  const whole = await contentOf(final);
  if (whole !== undefined) {
    assert(equalBytes(whole, FILM), "the file is wrong");
    return new Set(Array.from({ length: count }, (_, index) => index));
  }
  const journal = await contentOf(join(library, "Chunks", "film.bin.partial.journal"));
  if (journal === undefined) return new Set();
  const reading = decodeJournal(journal, info.infoHash, count);
  assert(reading.kind === "state", `the journal is ${reading.kind}`);
  const { trusted, doubtful } = reading.state;
  const kept = new Set([...trusted.ones(), ...doubtful.ones()]);
  if (kept.size === 0) return kept;
  const data = await Deno.readFile(join(library, "Chunks", "film.bin.partial"));
  for (const index of kept) {
    const part = (bytes: Uint8Array) => bytes.subarray(index * PIECE, (index + 1) * PIECE);
    assert(equalBytes(part(data), part(FILM)), `piece ${index} was taken down and is not there`);
  }
  return kept;
}

/** Everything in a folder and below it, as paths. */
function pathsIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? pathsIn(join(folder, name)).map((path) => `${name}/${path}`) : [name]
  );
}

Deno.test("faults: a get that is killed 100 times at any moment loses nothing that it had told to hold", async () => {
  await using scene = await Scene.open();
  const alice = await scene.library("alice", { "film.bin": FILM });
  await scene.run(alice, ["create", "film.bin", ...IN_PIECES]);
  const torrent = join(alice, "film.bin.torrent");
  const { info } = await parseTorrent(await Deno.readFile(torrent));
  await using seeder = new WatchedSeeder(info);
  const random = seededRandom(9);
  const nowhere = ["--tracker", `127.0.0.1:${deadPort()}`];
  const args = ["get", torrent, "--peer", seeder.address, ...nowhere, "--json"];
  const counts = { kills: 0, stops: 0, growths: 0, downloads: 0 };
  let kept = new Set<number>();
  let library = await scene.library("bob 0");

  /** Looks at what a run has done, which is over. */
  async function check(get: Sluice): Promise<void> {
    await seeder.until("alone");
    const sent = seeder.takeSent();
    const now = await keptIn(library, info);
    const told = Math.max(0, ...progressOf(get).map(({ chunks }) => Number(chunks)));
    assertEquals([...kept].filter((index) => !now.has(index)), [], "kept pieces were lost");
    assertEquals([...kept].filter((index) => sent.has(index)), [], "kept pieces were fetched");
    assertLessOrEqual(told, now.size, "it told of more than it kept");
    if (now.size > kept.size) counts.growths++;
    kept = now;
  }

  /** Makes sure that a download is whole and begins another one. */
  async function begin(get: Sluice): Promise<void> {
    assertEquals((await get.outcome()).code, 0, get.stderr.join("\n"));
    await check(get);
    assertEquals(pathsIn(library), ["Original_Files/film.bin"]);
    counts.downloads++;
    kept = new Set();
    library = await scene.library(`bob ${counts.downloads}`);
  }

  for (let run = 0; counts.kills < KILLS; run++) {
    assertLess(run, MAX_RUNS, `of so many runs only ${counts.kills} were killed`);
    const rate = RATES[randomBelow(random, RATES.length)] ?? [];
    const get = scene.start(library, [...args, ...rate]);
    if (random() < 0.7) await seeder.until("connected", () => get.state === "ended");
    await Promise.race([get.ended, lasting(random() * LATEST_MS)]);
    // One that may end by itself puts down what is on the disk, which the next one then trusts.
    if (get.state === "running") get.kill(random() < 0.15 ? "SIGTERM" : "SIGKILL");
    const { code, stderr } = await get.outcome();
    assert(ENDS.includes(code), `it ended with ${code}:\n${stderr.join("\n")}`);
    if (code === SIGKILLED) counts.kills++;
    if (code === EXIT.interrupted || code === SIGTERMED) counts.stops++;
    await (code === EXIT.done ? begin(get) : check(get));
  }
  await begin(scene.start(library, args));
  assertGreater(counts.growths, 10, "it was killed too early to have fetched anything");
  assertGreater(Math.min(counts.downloads, counts.stops), 1);
});

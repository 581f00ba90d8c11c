import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { concatBytes } from "../../lib/bytes/mod.ts";
import { FileUnreadableError, type Torrent } from "../../lib/peer/mod.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { createTorrent, type SimulatedTorrent, Simulation } from "./simulation.ts";

const PIECE = 64 * 1024;

/** A reading under way: what has come of it, and how it ended. */
class Reading {
  readonly chunks: Uint8Array[] = [];
  state: "open" | "ended" | "failed" = "open";
  error: unknown;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(torrent: Torrent, offset?: number, length?: number) {
    const range = {
      ...(offset !== undefined && { offset }),
      ...(length !== undefined && { length }),
    };
    this.#reader = torrent.readings.open(0, range).getReader();
    void this.#run();
  }

  get bytes(): Uint8Array {
    return concatBytes(this.chunks);
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }

  async #run(): Promise<void> {
    try {
      for (let next = await this.#reader.read(); !next.done; next = await this.#reader.read()) {
        this.chunks.push(next.value);
      }
      this.state = "ended";
    } catch (error) {
      this.error = error;
      this.state = "failed";
    }
  }
}

/** The pieces that are held, in the order in which they came. */
function arrivals(torrent: Torrent): number[] {
  const pieces: number[] = [];
  void (async () => {
    for await (const event of torrent.watch()) if (event.type === "held") pieces.push(event.index);
  })();
  return pieces;
}

/** A leecher of a limited seeder, long before the end. */
async function slowDownload(
  sim: Simulation,
  pieces = 100,
): Promise<{ torrent: SimulatedTorrent; here: Torrent; came: number[] }> {
  const torrent = await createTorrent({ length: pieces * PIECE - 1_000 });
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 4 * PIECE });
  const here = sim.leech("leecher", torrent, { peers: [seeder.address] });
  const came = arrivals(here);
  await sim.until(() => here.store.held.count >= 3, 60_000);
  return { torrent, here, came };
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || numbers[at - 1]! < number);
}

Deno.test("A file can be read while it comes: its pieces come in order, and every byte is right", async () => {
  await using sim = new Simulation(1);
  const { torrent, here, came } = await slowDownload(sim);
  const before = came.length;
  const reading = new Reading(here);
  await sim.until(() => reading.bytes.length >= 20 * PIECE, 60_000);
  const order = came.slice(before + 2);
  assert(isAscending(order), `they came as ${order}`);
  assert(Math.max(...order) < 30, "the rest waits");
  await sim.until(() => reading.state === "ended");
  assertEquals(reading.bytes, torrent.data);
  assertEquals(here.readings.count, 0);
});

Deno.test("A range at the end comes long before the rest, and no byte more than it has", async () => {
  await using sim = new Simulation(2);
  const { torrent, here, came } = await slowDownload(sim);
  const { length } = torrent.data;
  const offset = length - 3 * PIECE - 17;
  const reading = new Reading(here, offset, 2 * PIECE + 11);
  const tookMs = await sim.until(() => reading.state === "ended");
  assert(tookMs < 6_000, `it took ${tookMs} ms`);
  assertEquals(reading.bytes, torrent.data.slice(offset, offset + 2 * PIECE + 11));
  assert(came.length < 20);
});

Deno.test("A seek turns the download at once; what is left is not fetched first any more", async () => {
  await using sim = new Simulation(3);
  const { torrent, here, came } = await slowDownload(sim);
  const first = new Reading(here, 10 * PIECE);
  await sim.until(() => first.bytes.length > PIECE, 20_000);
  await first.cancel();
  await sim.settle();
  assertEquals(here.readings.count, 0);
  const second = new Reading(here, 70 * PIECE);
  const before = came.length;
  await sim.until(() => second.bytes.length >= 5 * PIECE, 20_000);
  const after = came.slice(before);
  assert(after.length <= 12, `${after} came until then`);
  assert(after.filter((index) => index >= 70).length >= 5);
  assertEquals(second.bytes, torrent.data.slice(70 * PIECE, 70 * PIECE + second.bytes.length));
  await second.cancel();
});

Deno.test("Several who read at once get on side by side, each with the right bytes", async () => {
  await using sim = new Simulation(4);
  const { torrent, here } = await slowDownload(sim);
  const starts = [0, 40 * PIECE + 5, 80 * PIECE];
  const readings = starts.map((start) => new Reading(here, start, 8 * PIECE));
  assertEquals(here.readings.count, 3);
  await sim.until(() => readings.every(({ bytes }) => bytes.length > 3 * PIECE), 30_000);
  const lengths = readings.map(({ bytes }) => bytes.length / PIECE);
  assert(Math.max(...lengths) - Math.min(...lengths) <= 4, `they are at ${lengths}`);
  await sim.until(() => readings.every(({ state }) => state === "ended"));
  for (const [at, { bytes }] of readings.entries()) {
    assertEquals(bytes, torrent.data.slice(starts[at]!, starts[at]! + 8 * PIECE));
  }
});

Deno.test("Who reads is given nothing of a piece that came corrupt, and gets it from another peer", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent();
  using listener = sim.listen("rogue");
  const here = sim.leech("leecher", torrent);
  using rogue = await RoguePeer.meet(here, listener, torrent);
  const reading = new Reading(here);
  void rogue.serve(torrent, () => "wrong");
  await rogue.closed;
  await sim.advance(5_000);
  assertEquals([reading.bytes.length, reading.state], [0, "open"]);
  here.addPeers([sim.seed("seeder", torrent).address]);
  await sim.until(() => reading.state === "ended");
  assertEquals(reading.bytes, torrent.data);
});

Deno.test("Who guides a reader's download has its say no longer where somebody reads", async () => {
  await using sim = new Simulation(6);
  const torrent = await createTorrent({ length: 100 * PIECE });
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 4 * PIECE });
  const [here] = ["a", "b", "c"].map((host) =>
    sim.leech(host, torrent, { peers: [seeder.address] })
  );
  assert(here !== undefined);
  await sim.until(() => here.links.some(({ fast }) => fast.guided !== undefined), 20_000);
  const reading = new Reading(here, 60 * PIECE, 2 * PIECE);
  const tookMs = await sim.until(() => reading.state === "ended");
  assert(tookMs < 15_000, `it took ${tookMs} ms`);
  assertEquals(reading.bytes, torrent.data.slice(60 * PIECE, 62 * PIECE));
});

Deno.test("A reading waits while the download is suspended, and nothing is fetched for it then", async () => {
  await using sim = new Simulation(7);
  const { here } = await slowDownload(sim);
  here.motion.suspend();
  const reading = new Reading(here, 50 * PIECE, PIECE);
  await sim.advance(30_000);
  assertEquals([reading.bytes.length, reading.state], [0, "open"]);
  here.motion.proceed();
  await sim.until(() => reading.state === "ended", 10_000);
});

Deno.test("A reader that takes nothing has a few MiB fetched first, and nothing read from the disk", async () => {
  await using sim = new Simulation(8);
  const { here, came } = await slowDownload(sim, 200);
  let reads = 0;
  const { store } = here;
  const read = store.read.bind(store);
  store.read = (index, begin, target) => {
    reads++;
    return read(index, begin, target);
  };
  const stream = here.readings.open(0, { offset: 100 * PIECE });
  const before = came.length;
  await sim.until(() => came.length >= before + 68);
  const ahead = came.slice(before + 2).filter((index) => index >= 100 && index < 164);
  assert(ahead.length >= 62, `${ahead.length} of 64`);
  assertEquals(reads, 0);
  await stream.cancel();
});

Deno.test("A reading ends with a reason where nothing can come, and when the torrent is closed", async () => {
  await using sim = new Simulation(9);
  const torrent = await createTorrent();
  const serving = sim.node("serving").add(await sim.partialStore(torrent, [0, 1]), {
    intent: "serve",
  });
  const held = new Reading(serving, 0, 2 * PIECE);
  await sim.until(() => held.state === "ended", 2_000);
  const missing = (): unknown => serving.readings.open(0, { offset: PIECE, length: 2 * PIECE });
  assertThrows(missing, FileUnreadableError, "piece 2 is missing, and nothing is fetched");

  const store = await sim.partialStore(torrent, [0]);
  store.put = () => Promise.reject(new Error("the disk is broken"));
  const { address } = sim.seed("seeder", torrent);
  const broken = sim.node("broken").add(store, { peers: [address] });
  const half = new Reading(broken, 0, 2 * PIECE);
  await sim.until(() => half.state === "failed", 10_000);
  assertEquals(half.bytes.length, PIECE);
  assert(half.error instanceof FileUnreadableError);

  const here = sim.leech("leecher", torrent);
  const waiting = new Reading(here);
  await sim.settle();
  await here.close();
  await sim.until(() => waiting.state === "failed", 2_000);
  assert(waiting.error instanceof FileUnreadableError);
  assertThrows(() => here.readings.open(0), FileUnreadableError, "closed");
  await assertRejects(() => Promise.reject(waiting.error), FileUnreadableError, "closed");
});

Deno.test("What is fetched by order alone does not come by itself, and nobody waits for it", async () => {
  await using sim = new Simulation(11);
  const { torrent, here } = await slowDownload(sim);
  const waiting = new Reading(here);
  here.pause();
  await sim.until(() => waiting.state === "failed", 2_000);
  assert(waiting.error instanceof FileUnreadableError);

  const ordering = sim.node("ordering").add(await sim.partialStore(torrent, [0]), {
    intent: "order",
  });
  const held = new Reading(ordering, 0, PIECE);
  await sim.until(() => held.state === "ended", 2_000);
  assertThrows(
    () => ordering.readings.open(0, { length: PIECE + 1 }),
    FileUnreadableError,
    "piece 1 is missing, and nothing is fetched",
  );
  ordering.resume();
  const coming = new Reading(ordering, PIECE, 1);
  await sim.settle();
  assertEquals(coming.state, "open");
  await coming.cancel();
});

Deno.test("Only files and ranges that there are can be read", async () => {
  await using sim = new Simulation(10);
  const torrent = await createTorrent();
  const here = sim.leech("leecher", torrent);
  const { length } = torrent.data;
  for (
    const [file, offset, bytes] of [
      ...[[1, 0, 1], [-1, 0, 1], [0, -1, 2], [0, 0.5, 1], [0, 1, -1]],
      ...[[0, 0, length + 1], [0, length, 1], [0, length + 1, 0], [0, NaN, 1]],
    ] as [number, number, number][]
  ) {
    assertThrows(() => here.readings.open(file, { offset, length: bytes }), FileUnreadableError);
  }
  const empty = new Reading(here, length, 0);
  await sim.until(() => empty.state === "ended", 2_000);
  assertEquals([empty.bytes.length, here.readings.count], [0, 0]);
});

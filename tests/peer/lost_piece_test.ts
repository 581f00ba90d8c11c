import { assertEquals } from "@std/assert";
import type { PieceIndex } from "../../lib/bytes/mod.ts";
import type { PieceStore } from "../../lib/storage/mod.ts";
import { assertWhole, createTorrent, Simulation } from "./simulation.ts";

/** A store that loses pieces when it is told to, as one does whose file was changed underneath. */
class LossyStore implements PieceStore {
  readonly info;
  readonly wanted;
  readonly held;
  readonly lost: ReadableStream<PieceIndex>;
  /** Puts of each piece. */
  readonly puts = new Map<PieceIndex, number>();
  readonly #inner: PieceStore;
  #losses!: ReadableStreamDefaultController<PieceIndex>;

  constructor(inner: PieceStore) {
    this.#inner = inner;
    this.info = inner.info;
    this.wanted = inner.wanted;
    this.held = inner.held;
    this.lost = new ReadableStream({ start: (controller) => void (this.#losses = controller) });
  }

  lose(index: PieceIndex): void {
    this.held.clear(index);
    this.#losses.enqueue(index);
  }

  put(index: PieceIndex, data: Uint8Array): Promise<"held" | "mismatch"> {
    this.puts.set(index, (this.puts.get(index) ?? 0) + 1);
    return this.#inner.put(index, data);
  }

  read(index: PieceIndex, begin: number, target: Uint8Array): Promise<void> {
    return this.#inner.read(index, begin, target);
  }

  stream(index: PieceIndex, begin: number, length: number): ReadableStream<Uint8Array> {
    return this.#inner.stream(index, begin, length);
  }

  finish(): Promise<string> {
    return this.#inner.finish();
  }

  async close(): Promise<void> {
    this.#losses.close();
    await this.#inner.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

Deno.test("A piece that the store loses during a download is fetched again", async () => {
  await using sim = new Simulation(31);
  const torrent = await createTorrent({ length: 40 * 64 * 1024 });
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 256 * 1024 });
  const store = new LossyStore(sim.store(torrent.info));
  const leecher = sim.node("leecher").add(store, { peers: [seeder.address] });
  await sim.until(() => store.held.count >= 10, 60_000);
  const [first] = store.held.ones();
  const index = torrent.info.layout.pieceIndex(first ?? 0);
  store.lose(index);
  await sim.until(() => store.held.isFull, 60_000);
  assertEquals(store.puts.get(index), 2);
  assertEquals([...store.puts.values()].filter((count) => count > 1).length, 1);
  await assertWhole(leecher, torrent);
});

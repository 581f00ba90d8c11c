import { assertEquals } from "@std/assert";
import { LossyStore } from "./lossy_store.ts";
import { assertWhole, createTorrent, Simulation } from "./simulation.ts";

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

import { assertEquals } from "@std/assert";
import { formatAddress } from "../../lib/net/mod.ts";
import { createTorrent, Simulation } from "./simulation.ts";

Deno.test("A peer that is connected is not dialled, however often it is told of", async () => {
  await using sim = new Simulation(32);
  const torrent = await createTorrent();
  const store = await sim.partialStore(torrent, [0, 1]);
  const first = sim.node("first");
  const second = sim.node("second");
  const here = first.add(store);
  const there = second.add(await sim.partialStore(torrent, [2, 3]));
  there.addPeers([first.address]);
  await sim.advance(5_000);
  assertEquals([here.links.length, there.links.length], [1, 1]);
  for (let time = 0; time < 10; time++) {
    here.addPeers([second.address]);
    await sim.advance(24_000);
  }
  assertEquals(sim.dials.get(formatAddress(second.address)) ?? 0, 0);
});

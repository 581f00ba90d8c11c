import { assert, assertEquals } from "@std/assert";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, type SimulatedTorrent, Simulation } from "./simulation.ts";

/** A leecher and the seeder that it asks, which speaks extensions. */
async function meet(sim: Simulation, torrent: SimulatedTorrent) {
  const leecher = sim.leech("leecher", torrent);
  const rogue = await RoguePeer.dial(sim.network.host("rogue"), sim.nodes[0]!.address, {
    infoHash: torrent.info.infoHash,
    extensions: new Set(["extension-protocol"] as const),
  });
  return { leecher, rogue };
}

for (const most of [1, 2, 7]) {
  Deno.test(`A peer that lets ${most} requests wait is never sent more, and serves it all`, async () => {
    await using sim = new Simulation(1);
    const torrent = await createTorrent();
    const { leecher, rogue } = await meet(sim, torrent);
    rogue.extend({ maxRequests: most });
    rogue.offer(torrent);
    await sim.settle();
    while (!leecher.store.held.isFull) {
      const owed = rogue.owed();
      assert(owed.length > 0 && owed.length <= most, `${owed.length} requests wait`);
      if (leecher.store.held.count < 5) assertEquals(owed.length, most);
      rogue.answer(torrent, owed[0]!, "right");
      await sim.settle();
    }
    await assertWhole(leecher, torrent);
    rogue.close();
  });
}

Deno.test("A second extended handshake adds to the first and takes nothing back", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent();
  const { leecher, rogue } = await meet(sim, torrent);
  rogue.extend({ extensions: new Map([["sl_ping", 9]]), client: "Rogue 1", maxRequests: 2 });
  rogue.extend({ extensions: new Map([["ut_pex", 4]]), port: 777 });
  rogue.offer(torrent);
  await sim.settle();
  const { extended } = leecher.links[0]!.session;
  assertEquals(extended, {
    extensions: new Map([["sl_ping", 9], ["ut_pex", 4]]),
    client: "Rogue 1",
    maxRequests: 2,
    port: 777,
  });
  assertEquals(rogue.owed().length, 2);
  rogue.extend({ extensions: new Map([["sl_ping", 0]]), client: "Rogue 2" });
  await sim.settle();
  const { extended: last } = leecher.links[0]!.session;
  assertEquals([last.extensions.get("sl_ping"), last.extensions.get("ut_pex")], [0, 4]);
  assertEquals([last.client, last.maxRequests, last.port], ["Rogue 2", 2, 777]);
  rogue.close();
});

Deno.test("Of small pieces 320 are begun at once, however many peers there are", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent({ pieceLength: 16_384, length: 400 * 16_384 });
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const rogues: RoguePeer[] = [];
  for (let at = 0; at < 45; at++) {
    const host = sim.network.host(`rogue${at}`);
    const rogue = await RoguePeer.dial(host, sim.nodes[0]!.address, { infoHash });
    rogue.offer(torrent);
    rogues.push(rogue);
  }
  await sim.settle();
  const begun = new Set(rogues.flatMap((rogue) => rogue.owed()).map(({ index }) => index));
  assertEquals(begun.size, 320);
  for (const rogue of rogues) void rogue.serve(torrent);
  await sim.until(() => leecher.store.held.isFull, 10_000);
  for (const rogue of rogues) rogue.close();
});

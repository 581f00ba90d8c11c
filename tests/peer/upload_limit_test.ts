import { assert, assertEquals } from "@std/assert";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, Simulation } from "./simulation.ts";

const BLOCK = 16_384;

Deno.test("Requests and haves pass while blocks wait for a limited upload", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const node = sim.node("node", { maxUpRate: 1_000 });
  const leecher = node.add(await sim.partialStore(torrent, [0, 1, 2, 3]));
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, { infoHash });
  rogue.offer(torrent, [4, 5, 6, 7]);
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  for (let at = 0; at < 16; at++) {
    rogue.send({ type: "request", index: at >> 2, begin: (at & 3) * BLOCK, length: BLOCK });
  }
  using watcher = await RoguePeer.dial(sim.network.host("watcher"), node.address, { infoHash });
  watcher.send({ type: "interested" });
  await watcher.next("unchoke");
  watcher.send({ type: "request", index: 0, begin: 0, length: BLOCK });
  await sim.settle();
  void rogue.serve(torrent);
  const tookMs = await sim.until(() => leecher.store.held.isFull, 10_000);
  assert(tookMs < 1_000, `it took ${tookMs} ms`);
  await sim.settle();
  assertEquals(new Set(watcher.all("have").map(({ index }) => index)), new Set([4, 5, 6, 7]));
  assert(rogue.all("piece").length + watcher.all("piece").length <= 2);
  await assertWhole(leecher, torrent);
});

Deno.test("Two that exchange halves, one of them limited, are as fast one way and slow the other", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent();
  const limited = sim.node("limited", { maxUpRate: 20_000 });
  const free = sim.node("free");
  const here = limited.add(await sim.partialStore(torrent, [0, 2, 4, 6]));
  const there = free.add(await sim.partialStore(torrent, [1, 3, 5, 7]), {
    peers: [limited.address],
  });
  const downMs = await sim.until(() => here.store.held.isFull);
  const upMs = downMs + await sim.until(() => there.store.held.isFull);
  assert(downMs < 1_000, `the limited one took ${downMs} ms`);
  assert(upMs > 9_000 && upMs < 16_000, `the other one took ${upMs} ms`);
});

Deno.test("Blocks that are withdrawn while they wait for a limited upload are not sent", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const node = sim.seed("node", torrent, { maxUpRate: 10_000 });
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, { infoHash });
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  for (let index = 0; index < 4; index++) {
    rogue.send({ type: "request", index, begin: 0, length: BLOCK });
  }
  await sim.settle();
  for (let index = 1; index < 3; index++) {
    rogue.send({ type: "cancel", index, begin: 0, length: BLOCK });
  }
  await sim.advance(10_000);
  assertEquals(rogue.all("piece").map(({ index }) => index), [0, 3]);
});

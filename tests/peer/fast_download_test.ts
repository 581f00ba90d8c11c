import { assert, assertEquals } from "@std/assert";
import type { Torrent } from "../../lib/peer/mod.ts";
import { block, createFortyPieces, dial, FAST, FAST_AND_EXTENDED, PLAIN, U } from "./fast_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, type SimulatedTorrent, Simulation } from "./simulation.ts";

/** A leecher and a rogue that speaks the fast extension, which has said nothing yet. */
async function meet(
  sim: Simulation,
  extensions: Set<"fast" | "extension-protocol"> = FAST,
): Promise<{ torrent: SimulatedTorrent; leecher: Torrent; rogue: RoguePeer }> {
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  const rogue = await dial(sim, torrent, { extensions });
  return { torrent, leecher, rogue };
}

/** The pieces that a rogue was asked for. */
function piecesAskedOf(rogue: RoguePeer): number[] {
  return [...new Set(rogue.all("request").map(({ index }) => index))].sort((a, b) => a - b);
}

/** Rejects whatever a rogue is asked for, now and from then on. */
async function rejectAll(rogue: RoguePeer): Promise<void> {
  while (rogue.state === "open") {
    const request = await rogue.next("request").catch(() => undefined);
    if (request !== undefined) rogue.send({ ...request, type: "reject" });
  }
}

Deno.test("A peer that says have-all has all, and one that says have-none has none (BEP 6)", async () => {
  for (const [type, count] of [["have-all", 40], ["have-none", 0]] as const) {
    await using sim = new Simulation(1);
    const { leecher, rogue } = await meet(sim);
    using _rogue = rogue;
    rogue.send({ type });
    await sim.settle();
    assertEquals(leecher.links.map(({ bits }) => bits.count), [count]);
    assertEquals(rogue.all("interested").length, count === 0 ? 0 : 1);
  }
});

for (const type of ["have-all", "have-none"] as const) {
  Deno.test(`A peer that says ${type} later than first is cut off (BEP 6)`, async () => {
    for (const first of ["have-all", "have-none", "unchoke"] as const) {
      await using sim = new Simulation(2);
      const { rogue } = await meet(sim);
      rogue.send({ type: first }, { type });
      await rogue.closed;
    }
  });
}

Deno.test("A block that was never asked for closes the connection under fast (BEP 6)", async () => {
  for (const [extensions, state] of [[FAST, "closed"], [PLAIN, "open"]] as const) {
    await using sim = new Simulation(3);
    const { torrent, leecher, rogue } = await meet(sim, extensions);
    using _rogue = rogue;
    rogue.offer(torrent, [0, 1, 2]);
    await rogue.next("request");
    rogue.answer(torrent, block(30), "right");
    await sim.settle();
    assertEquals(rogue.state, state);
    assertEquals(leecher.status.downloaded, 0, "and is not taken either way");
  }
});

Deno.test("A block that comes twice, or after its reject, closes the connection under fast", async () => {
  for (const answer of ["piece", "reject"] as const) {
    await using sim = new Simulation(4);
    const { torrent, rogue } = await meet(sim);
    rogue.offer(torrent, [0, 1, 2]);
    rogue.send({ type: "choke" });
    const request = await rogue.next("request");
    if (answer === "piece") rogue.answer(torrent, request, "right");
    else rogue.send({ ...request, type: "reject" });
    rogue.answer(torrent, request, "right");
    await rogue.closed;
  }
});

Deno.test("A block that crossed a cancel is borne with, as a reject is (BEP 6)", async () => {
  for (const answer of ["piece", "reject"] as const) {
    await using sim = new Simulation(5);
    const torrent = await createFortyPieces();
    const leecher = sim.leech("leecher", torrent);
    using slow = await dial(sim, torrent, { host: "slow" });
    slow.offer(torrent);
    await slow.next("request");
    await sim.advance(31_000);
    const given = slow.all("cancel");
    assert(given.length > 0, "it has stalled");
    for (const { index, begin, length } of given) {
      if (answer === "piece") slow.answer(torrent, { index, begin, length }, "right");
      else slow.send({ type: "reject", index, begin, length });
    }
    await sim.settle();
    assertEquals(slow.state, "open");
    assertEquals(leecher.links.length, 1);
  }
});

Deno.test("A download completes beside a peer that rejects everything, as if it were not there", async () => {
  await using sim = new Simulation(6);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 40 * U });
  using rogue = await dial(sim, torrent);
  rogue.send({ type: "have-all" }, { type: "unchoke" });
  void rejectAll(rogue);
  await sim.until(() => rogue.all("request").length > 0, 1_000);
  leecher.addPeers([seeder.address]);
  const ms = await sim.until(() => leecher.store.held.isFull, 60_000);
  assert(ms < 5_000, `${ms} ms for what takes two seconds`);
  await assertWhole(leecher, torrent);
});

Deno.test("A peer that rejects everything is asked for it twice a minute, and its blocks are free", async () => {
  await using sim = new Simulation(8);
  const { leecher, rogue, torrent } = await meet(sim);
  rogue.send({ type: "have-all" }, { type: "unchoke" });
  void rejectAll(rogue);
  await sim.advance(59_000);
  const times = new Map<string, number>();
  for (const { index, begin } of rogue.all("request")) {
    times.set(`${index}:${begin}`, (times.get(`${index}:${begin}`) ?? 0) + 1);
  }
  assertEquals(Math.max(...times.values()), 2);
  leecher.addPeers([sim.seed("seeder", torrent).address]);
  await sim.until(() => leecher.store.held.isFull, 60_000);
  await assertWhole(leecher, torrent);
});

Deno.test("A reject that answers nothing is ignored", async () => {
  await using sim = new Simulation(9);
  const { leecher, rogue, torrent } = await meet(sim);
  using _rogue = rogue;
  rogue.send({ type: "have-all" }, { type: "unchoke" });
  await rogue.next("request");
  rogue.send({ type: "reject", ...block(39, 0, 3) }, { type: "reject", ...block(0xffffffff) });
  void rogue.serve(torrent);
  await sim.until(() => leecher.store.held.isFull, 60_000);
});

Deno.test("While a peer chokes us its allowed-fast pieces are fetched, and nothing else (BEP 6)", async () => {
  await using sim = new Simulation(10);
  const { leecher, rogue, torrent } = await meet(sim);
  using _rogue = rogue;
  rogue.send({ type: "have-all" });
  await rogue.next("interested");
  await sim.advance(5_000);
  assertEquals(rogue.all("request"), []);
  rogue.send({ type: "allowed-fast", index: 2 }, { type: "allowed-fast", index: 39 });
  void rogue.serve(torrent);
  await sim.until(() => leecher.store.held.count === 2, 1_000);
  await sim.advance(10_000);
  assertEquals([...leecher.store.held.ones()], [2, 39]);
  assertEquals(piecesAskedOf(rogue), [2, 39]);
  assertEquals(rogue.all("request").length, 4, "each block once");
  rogue.send({ type: "unchoke" });
  await sim.until(() => leecher.store.held.isFull, 60_000);
});

Deno.test("Allowed-fast is not taken to mean that the peer has the piece (BEP 6)", async () => {
  await using sim = new Simulation(11);
  const { leecher, rogue } = await meet(sim);
  using _rogue = rogue;
  rogue.send({ type: "have-none" }, { type: "unchoke" });
  for (let index = 0; index < 40; index++) rogue.send({ type: "allowed-fast", index });
  await sim.advance(5_000);
  assertEquals([rogue.all("request"), rogue.all("interested")], [[], []]);
  assertEquals(leecher.links.map(({ bits }) => bits.count), [0]);
});

Deno.test("Of a peer that chokes us a piece is asked for only if it has it, and allows it (BEP 6)", async () => {
  await using sim = new Simulation(17);
  const { rogue, torrent } = await meet(sim);
  using _rogue = rogue;
  using other = await dial(sim, torrent, { host: "other" });
  other.send({ type: "have-all" });
  await other.next("interested");
  rogue.sendTogether(() => {
    rogue.offer(torrent, [1, 3]);
    rogue.send({ type: "choke" });
    for (const index of [1, 2]) rogue.send({ type: "allowed-fast", index });
  });
  await rogue.next("request");
  await sim.advance(2_000);
  assertEquals([piecesAskedOf(rogue), piecesAskedOf(other)], [[1], []]);
});

Deno.test("After a choke only allowed-fast pieces are asked for", async () => {
  await using sim = new Simulation(12);
  const { rogue } = await meet(sim);
  using _rogue = rogue;
  rogue.send({ type: "have-all" }, { type: "unchoke" });
  await rogue.next("request");
  await sim.settle();
  const before = rogue.all("request").length;
  rogue.send({ type: "choke" }, { type: "allowed-fast", index: 33 });
  for (const request of rogue.all("request")) rogue.send({ ...request, type: "reject" });
  await sim.settle();
  const after = rogue.all("request").slice(before);
  assert(after.length > 0 && after.every(({ index }) => index === 33), JSON.stringify(after));
});

Deno.test("A suggestion of any piece is borne with, and asks for nothing by itself (BEP 6)", async () => {
  await using sim = new Simulation(13);
  const { leecher, rogue, torrent } = await meet(sim);
  using _rogue = rogue;
  rogue.send({ type: "have-none" });
  for (const index of [0, 39, 39, 0]) rogue.send({ type: "suggest", index });
  await sim.settle();
  assertEquals([rogue.state, rogue.all("request")], ["open", []]);
  for (let index = 0; index < 40; index++) rogue.send({ type: "have", index });
  rogue.send({ type: "unchoke" }, { type: "suggest", index: 39 });
  void rogue.serve(torrent);
  await sim.until(() => leecher.store.held.isFull, 60_000);
});

Deno.test("A peer that allows a piece which does not exist is cut off", async () => {
  for (const index of [40, 0xffffffff]) {
    await using sim = new Simulation(14);
    const { rogue } = await meet(sim);
    rogue.send({ type: "have-all" }, { type: "allowed-fast", index });
    await rogue.closed;
  }
});

Deno.test("The one word about pieces may come behind extended messages and keep-alives", async () => {
  await using sim = new Simulation(15);
  const { leecher, rogue } = await meet(sim, FAST_AND_EXTENDED);
  using _rogue = rogue;
  rogue.extend({ client: "Rogue" });
  rogue.send({ type: "keep-alive" }, { type: "have-all" });
  await sim.settle();
  assertEquals(leecher.links.map(({ bits }) => bits.count), [40]);
});

Deno.test("Many that share few slots are sent hardly a block twice, for all the choking", async () => {
  await using sim = new Simulation(16);
  const torrent = await createFortyPieces();
  const seeder = sim.seed("10.0.0.1", torrent, { maxUpRate: 40 * U });
  const leechers = Array.from(
    { length: 30 },
    (_, at) => sim.leech(`10.0.1.${at}`, torrent, { peers: [seeder.address] }),
  );
  await sim.until(() => leechers.every(({ store }) => store.held.isFull), 600_000);
  const needed = 30 * torrent.data.length;
  const sent = sim.nodes.flatMap(({ torrents }) => [...torrents.values()])
    .reduce((sum, { status }) => sum + status.uploaded, 0);
  assert(sent >= needed && sent < 1.15 * needed, `${sent / needed} times what was needed`);
});

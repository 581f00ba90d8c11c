import { assert, assertEquals } from "@std/assert";
import { decodeDontHave } from "../../lib/peer/wire/mod.ts";
import { createFortyPieces, dial, FAST_AND_EXTENDED, U } from "./fast_rogue.ts";
import { dialGuide, dialHungry, dialTaker, guidesOf, namedIn, tellGuide } from "./guide_rogue.ts";
import { LossyStore } from "./lossy_store.ts";
import { assertWhole, createTorrent, Simulation } from "./simulation.ts";

/** The id under which a guide of these tests takes lt_donthave. */
const LOSSES = 51;

Deno.test("A guide that names a piece again and again is answered once", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  const leecher = sim.node("leecher").add(await sim.partialStore(torrent, [3]));
  using guide = await dialGuide(sim, torrent, [3]);
  for (let turn = 0; turn < 50; turn++) tellGuide(guide, "guided", Array(900).fill(3));
  await sim.settle();
  assertEquals(namedIn(guide, "declined"), [3]);
  assertEquals([guide.state, leecher.links.length], ["open", 1]);
});

Deno.test("A guide that names more pieces at once than a guide does is sent away", async () => {
  await using sim = new Simulation(2);
  const torrent = await createFortyPieces();
  sim.leech("leecher", torrent);
  using guide = await dialGuide(sim, torrent, []);
  tellGuide(guide, "guided", Array(1_001).fill(3));
  await guide.closed;
});

Deno.test("Who declines without an end, or was offered nothing, gets nothing by it", async () => {
  await using sim = new Simulation(3);
  const torrent = await createFortyPieces();
  sim.seed("seeder", torrent);
  using one = await dialHungry(sim, torrent, "one");
  for (let turn = 0; turn < 100; turn++) tellGuide(one, "declined", [turn % 40]);
  await sim.settle();
  assertEquals(guidesOf(one), [], "a single one is not guided");
  using other = await dialHungry(sim, torrent, "other");
  await sim.settle();
  const before = guidesOf(other).length;
  for (let turn = 0; turn < 100; turn++) tellGuide(other, "declined");
  await sim.settle();
  assertEquals([guidesOf(other).length, other.state], [before, "open"]);
});

Deno.test("A guide is told of the loss of a piece that it had itself, and so may name it again", async () => {
  await using sim = new Simulation(4);
  const torrent = await createFortyPieces();
  const store = new LossyStore(sim.store(torrent.info));
  sim.node("leecher").add(store);
  using guide = await dial(sim, torrent, { host: "guide", extensions: FAST_AND_EXTENDED });
  guide.extend({ extensions: new Map([["sl_guide", 50], ["lt_donthave", LOSSES]]) });
  guide.sendTogether(() => {
    guide.send({ type: "have-all" });
    guide.send({ type: "unchoke" });
  });
  await guide.next("request");
  for (const request of guide.owed()) guide.answer(torrent, request, "right");
  await sim.until(() => store.held.count >= 1, 5_000);
  tellGuide(guide, "guided");
  await sim.settle();
  const [index] = store.held.ones();
  assert(index !== undefined);
  store.lose(store.info.layout.pieceIndex(index));
  await sim.settle();
  const told = guide.all("extended").filter(({ id }) => id === LOSSES);
  assertEquals(told.map(({ payload }) => decodeDontHave(payload)), [index]);
});

Deno.test("A piece that comes from the guide itself is not declined when it begins to guide", async () => {
  await using sim = new Simulation(5);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using guide = await dialTaker(sim, torrent, { host: "guide" });
  guide.sendTogether(() => {
    guide.send({ type: "have-all" });
    guide.send({ type: "unchoke" });
  });
  const { index } = await guide.next("request");
  await sim.settle();
  tellGuide(guide, "guided", [index]);
  await sim.settle();
  assertEquals(namedIn(guide, "declined"), []);
  tellGuide(guide, "free");
  void guide.serve(torrent);
  await sim.until(() => leecher.store.held.isFull, 60_000);
  await assertWhole(leecher, torrent);
});

Deno.test("A piece that failed is fetched although its next peer begins to guide in the middle of it", async () => {
  await using sim = new Simulation(9);
  const torrent = await createTorrent({ length: 48 * U - 1_000, pieceLength: 16 * U });
  const leecher = sim.leech("leecher", torrent);
  const liar = await dial(sim, torrent, { host: "liar" });
  liar.offer(torrent, [0]);
  void liar.serve(torrent, () => "wrong");
  await liar.closed;
  using guide = await dialTaker(sim, torrent, { host: "guide" });
  guide.offer(torrent, [0]);
  await sim.settle();
  const asked = guide.owed();
  assert(asked.length > 0 && asked.length < 16, `${asked.length} blocks are asked for at once`);
  tellGuide(guide, "guided");
  guide.send({ type: "have", index: 1 }, { type: "have", index: 2 });
  tellGuide(guide, "guided", [1]);
  void guide.serve(torrent);
  await sim.until(() => leecher.store.held.has(1), 5_000);
  tellGuide(guide, "free");
  await sim.until(() => leecher.store.held.isFull, 10_000);
  await assertWhole(leecher, torrent);
});

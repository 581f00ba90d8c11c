import { assert, assertEquals } from "@std/assert";
import { Bitfield } from "../../lib/bytes/mod.ts";
import { decodeExtendedHandshake, encodeDontHave, EXTENSION_ID } from "../../lib/peer/wire/mod.ts";
import { createInfo } from "../../lib/metainfo/mod.ts";
import { createFortyPieces, dial, FAST_AND_EXTENDED, U } from "./fast_rogue.ts";
import {
  askedOf,
  choiceOf,
  dialGuide,
  dialHungry,
  dialTaker,
  namedIn,
  tellGuide,
} from "./guide_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, type SimulatedTorrent, Simulation } from "./simulation.ts";

const NEVER = new AbortController().signal;

/** Connects a peer of another kind that has some pieces and says that it serves. */
async function dialOther(
  sim: Simulation,
  torrent: SimulatedTorrent,
  pieces: number[],
): Promise<RoguePeer> {
  const other = await dial(sim, torrent, { host: "other", extensions: FAST_AND_EXTENDED });
  other.offer(torrent, pieces);
  await sim.settle();
  return other;
}

/** A node that fetches what it is told to, and nothing else. */
function startOrderer(sim: Simulation, { info }: SimulatedTorrent) {
  return sim.node("orderer").add(sim.store(info), { intent: "order" });
}

Deno.test("A guided peer fetches what is named, more when that is named, and all when it is free", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using guide = await dialGuide(sim, torrent, [3, 17]);
  void guide.serve(torrent);
  await sim.until(() => leecher.store.held.count === 2, 1_000);
  await sim.advance(10_000);
  assertEquals(askedOf(guide), [3, 17]);
  tellGuide(guide, "guided");
  tellGuide(guide, "guided", [39]);
  await sim.until(() => leecher.store.held.has(39), 1_000);
  await sim.advance(3_000);
  assertEquals(askedOf(guide), [3, 17, 39]);
  assertEquals(guide.all("have").map(({ index }) => index).toSorted(), [17, 3, 39]);
  tellGuide(guide, "free");
  await sim.until(() => leecher.store.held.isFull, 10_000);
  await assertWhole(leecher, torrent);
});

Deno.test("A guided peer passes over pieces that do not exist, and those that the guide lacks", async () => {
  await using sim = new Simulation(2);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using guide = await dialTaker(sim, torrent);
  guide.offer(torrent, [3, 4, 5]);
  tellGuide(guide, "guided", [40, 7, 0xffffffff, 3, 3]);
  void guide.serve(torrent);
  using other = await dialOther(sim, torrent, [7]);
  await sim.until(() => leecher.store.held.has(3), 5_000);
  await sim.advance(3_000);
  // What was asked for before the guide came may be more.
  assert(askedOf(guide).every((index) => [3, 4, 5].includes(index)), `${askedOf(guide)}`);
  assertEquals([guide.state, askedOf(other)], ["open", [7]]);
  assertEquals(namedIn(guide, "declined").filter((index) => index !== 3), []);
});

Deno.test("A guided peer declines what it gets elsewhere, and asks for it after all when that ends", async () => {
  await using sim = new Simulation(3);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  const other = await dialOther(sim, torrent, [5, 6]);
  other.answer(torrent, other.owed().find(({ index }) => index === 5)!, "right");
  await sim.settle();
  using guide = await dialGuide(sim, torrent, [5, 6, 9]);
  assertEquals(namedIn(guide, "declined"), [5, 6]);
  assertEquals(askedOf(guide), [9]);
  other.close();
  void guide.serve(torrent);
  await sim.until(() => [5, 6, 9].every((index) => leecher.store.held.has(index)), 5_000);
  await sim.advance(2_000);
  assertEquals(askedOf(guide), [5, 6, 9]);
});

Deno.test("A peer that is guided anew gets in the end what it declined before, if nobody else has it", async () => {
  await using sim = new Simulation(4);
  const torrent = await createTorrent({ length: 64 * 1024 });
  const { address } = sim.seed("seeder", torrent);
  const node = sim.node("leecher");
  const leecher = node.add(sim.store(torrent.info));
  const other = await dial(sim, torrent, { host: "other", node, extensions: FAST_AND_EXTENDED });
  other.offer(torrent);
  await other.next("request");
  const first = await dialHungry(sim, torrent, "first");
  const connecting = leecher.connect(address);
  // Meanwhile it is offered the only piece, and declines it.
  await sim.settle();
  await connecting;
  first.close();
  await sim.settle();
  using second = await dialHungry(sim, torrent, "second");
  await sim.settle();
  assertEquals([choiceOf(second), leecher.store.held.count], ["guided", 0]);
  other.close();
  await sim.until(() => leecher.store.held.isFull, 60_000);
});

Deno.test("A guided peer asks for nothing else when the guide rejects what it named", async () => {
  await using sim = new Simulation(5);
  const torrent = await createFortyPieces();
  sim.leech("leecher", torrent);
  using guide = await dialGuide(sim, torrent, [3, 17]);
  assertEquals(askedOf(guide), [3, 17]);
  for (const owed of guide.owed()) if (owed.index === 3) guide.send({ ...owed, type: "reject" });
  await sim.advance(3_000);
  assertEquals(askedOf(guide), [3, 17]);
});

Deno.test("A guided peer does not ask for a piece that was named and that the guide has lost", async () => {
  await using sim = new Simulation(6);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using choking = await dialTaker(sim, torrent, { host: "choking" });
  choking.send({ type: "have-all" });
  await sim.settle();
  using guide = await dialTaker(sim, torrent);
  guide.sendTogether(() => {
    guide.send({ type: "have-all" });
    tellGuide(guide, "guided", [3, 17]);
    const payload = encodeDontHave(3);
    guide.send({ type: "extended", id: EXTENSION_ID.lt_donthave, payload }, { type: "unchoke" });
  });
  void guide.serve(torrent);
  await sim.until(() => leecher.store.held.has(17), 5_000);
  await sim.advance(3_000);
  assertEquals(askedOf(guide), [17]);
});

Deno.test("A guided peer that is choked and served again goes on with what was named", async () => {
  await using sim = new Simulation(7);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using guide = await dialGuide(sim, torrent, [3]);
  guide.send({ type: "choke" });
  for (const owed of guide.owed()) guide.send({ ...owed, type: "reject" });
  await sim.advance(2_000);
  guide.log.length = 0;
  guide.send({ type: "unchoke" });
  void guide.serve(torrent);
  await sim.until(() => leecher.store.held.has(3), 5_000);
  await sim.advance(2_000);
  assertEquals(askedOf(guide), [3]);
});

Deno.test("Who fetches by order declines what is named, and fetches what is ordered", async () => {
  await using sim = new Simulation(8);
  const torrent = await createFortyPieces();
  const { layout } = torrent.info;
  const here = startOrderer(sim, torrent);
  using guide = await dialGuide(sim, torrent, [3, 17]);
  void guide.serve(torrent);
  await sim.advance(2_000);
  assertEquals([askedOf(guide), namedIn(guide, "declined")], [[], [3, 17]]);
  const { address } = here.links[0]!;
  let state = "open";
  void here.fetchPiece(layout.pieceIndex(30), address, NEVER).then(() => state = "fetched");
  await sim.until(() => state === "fetched", 5_000);
  assertEquals([askedOf(guide), [...here.store.held.ones()]], [[30], [30]]);
});

for (const moment of ["before it is served", "while it is under way"] as const) {
  Deno.test(`A piece is fetched by order though the guide begins to guide ${moment}`, async () => {
    await using sim = new Simulation(9);
    const torrent = await createTorrent({ length: 4 * 32 * U, pieceLength: 32 * U });
    const here = startOrderer(sim, torrent);
    using guide = await dialTaker(sim, torrent);
    guide.send({ type: "have-all" });
    await sim.settle();
    const { address } = here.links[0]!;
    let state = "open";
    const order = here.fetchPiece(torrent.info.layout.pieceIndex(2), address, NEVER);
    order.then(() => state = "fetched", (error) => state = String(error));
    await guide.next("interested");
    if (moment === "before it is served") tellGuide(guide, "guided");
    guide.send({ type: "unchoke" });
    await sim.settle();
    if (moment === "while it is under way") tellGuide(guide, "guided");
    await sim.settle();
    void guide.serve(torrent);
    await sim.until(() => state !== "open", 40_000);
    assertEquals(state, "fetched");
  });
}

Deno.test("A piece that is under way when the guide begins to guide is fetched to its end", async () => {
  await using sim = new Simulation(10);
  const torrent = await createTorrent({ length: 4 * 32 * U, pieceLength: 32 * U });
  const leecher = sim.leech("leecher", torrent);
  using guide = await dialTaker(sim, torrent);
  guide.send({ type: "have-all" }, { type: "unchoke" });
  const { index } = await guide.next("request");
  tellGuide(guide, "guided");
  tellGuide(guide, "guided", [index]);
  await sim.settle();
  void guide.serve(torrent);
  await sim.until(() => leecher.store.held.has(index), 5_000);
});

Deno.test("Who wants but a part of the files does not take sl_guide, and fetches what it likes", async () => {
  await using sim = new Simulation(11);
  const torrent = await createFortyPieces();
  const store = sim.store(torrent.info);
  const wanted = new Bitfield(40);
  for (let index = 0; index < 30; index++) wanted.set(index);
  const part = new Proxy(store, {
    get: (target, name) => {
      const value = name === "wanted" ? wanted : Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const leecher = sim.node("leecher").add(part);
  using guide = await dialGuide(sim, torrent, [3, 35]);
  const [hello] = guide.all("extended");
  assertEquals(decodeExtendedHandshake(hello!.payload).extensions.has("sl_guide"), false);
  void guide.serve(torrent);
  await sim.until(() => leecher.store.held.count === 30, 10_000);
  assertEquals(askedOf(guide), [...wanted.ones()]);
});

Deno.test("A private torrent takes sl_guide: it names no peers", async () => {
  await using sim = new Simulation(12);
  const { info: { pieceLength, pieceHashes, layout }, data } = await createFortyPieces();
  const files = [{ path: [], length: layout.totalLength }];
  const fields = { name: "data.bin", shape: "file", files, pieceLength, pieceHashes } as const;
  const torrent = { info: await createInfo({ ...fields, privacy: "private" }), data };
  sim.leech("leecher", torrent);
  using guide = await dialGuide(sim, torrent, [3]);
  void guide.serve(torrent);
  await sim.advance(3_000);
  assertEquals(askedOf(guide), [3]);
});

import { assert, assertEquals } from "@std/assert";
import { encodeDontHave, EXTENSION_ID } from "../../lib/peer/wire/mod.ts";
import {
  ask,
  block,
  createFortyPieces,
  dial,
  FAST_AND_EXTENDED,
  nameOf,
  request,
  U,
} from "./fast_rogue.ts";
import { LossyStore } from "./lossy_store.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, pieceOf, type SimulatedTorrent, Simulation } from "./simulation.ts";

const EXTENDED = new Set(["extension-protocol"] as const);
/** The id under which the rogues of these tests take lt_donthave. */
const OURS = 44;

/** A store that has the whole torrent until it loses something. */
function lossyStore(sim: Simulation, { info, data }: SimulatedTorrent): LossyStore {
  return new LossyStore(sim.store(info, data));
}

/** Has a store lose a piece. */
async function lose(sim: Simulation, store: LossyStore, index: number): Promise<void> {
  store.lose(store.info.layout.pieceIndex(index));
  await sim.settle();
}

/** The pieces that a rogue was told are gone; all under the id that it gave. */
function lossesTold(rogue: RoguePeer): number[] {
  return rogue.all("extended").filter(({ id }) => id !== 0).map(({ id, payload }) => {
    assertEquals([id, payload.length], [OURS, 4]);
    return new DataView(payload.buffer, payload.byteOffset).getUint32(0);
  });
}

function tellLoss(rogue: RoguePeer, index: number): void {
  const payload = encodeDontHave(index);
  rogue.send({ type: "extended", id: EXTENSION_ID.lt_donthave, payload });
}

function takeLosses(rogue: RoguePeer): void {
  rogue.extend({ extensions: new Map([["lt_donthave", OURS]]) });
}

Deno.test("Every peer that takes lt_donthave is told of a loss, and no other (BEP 54)", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  const store = lossyStore(sim, torrent);
  sim.node("node").add(store, { intent: "serve" });
  using one = await dial(sim, torrent, { host: "one", extensions: FAST_AND_EXTENDED });
  using other = await dial(sim, torrent, { host: "other", extensions: EXTENDED });
  using deaf = await dial(sim, torrent, { host: "deaf", extensions: FAST_AND_EXTENDED });
  takeLosses(one);
  takeLosses(other);
  deaf.extend({ extensions: new Map([["lt_donthave", 0]]) });
  await sim.settle();
  await lose(sim, store, 7);
  await lose(sim, store, 39);
  assertEquals([one, other, deaf].map(lossesTold), [[7, 39], [7, 39], []]);
});

for (const [name, extensions] of [["fast", FAST_AND_EXTENDED], ["plain", EXTENDED]] as const) {
  const fate = name === "fast" ? "rejected" : "dropped without a word";
  Deno.test(`Requests for a piece that is lost are ${fate}, then and later (BEP 54)`, async () => {
    await using sim = new Simulation(2);
    const torrent = await createFortyPieces();
    const store = lossyStore(sim, torrent);
    sim.node("node", { maxUpRate: U }).add(store, { intent: "serve" });
    using rogue = await dial(sim, torrent, { extensions });
    takeLosses(rogue);
    rogue.send({ type: "interested" });
    await rogue.next("unchoke");
    ask(rogue, [block(3), block(7), block(4), block(7, 1)]);
    await sim.settle();
    await lose(sim, store, 7);
    rogue.send(request(7, 1), request(5));
    await sim.advance(20_000);
    assertEquals(rogue.all("piece").map(({ index }) => index), [3, 4, 5]);
    const rejects = [`7:0:${U}`, `7:${U}:${U}`, `7:${U}:${U}`];
    assertEquals(rogue.all("reject").map(nameOf), name === "fast" ? rejects : []);
    assertEquals(rogue.state, "open");
  });
}

Deno.test("A peer that tells of a loss is not asked for the piece, nor thought to have it (BEP 54)", async () => {
  await using sim = new Simulation(3);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  // It has not said that it takes lt_donthave itself, and need not.
  using rogue = await dial(sim, torrent, { extensions: EXTENDED });
  rogue.sendTogether(() => {
    rogue.offer(torrent, [1, 2]);
    rogue.send({ type: "choke" });
  });
  await rogue.next("interested");
  tellLoss(rogue, 1);
  tellLoss(rogue, 1);
  tellLoss(rogue, 30);
  rogue.send({ type: "unchoke" });
  await rogue.next("request");
  await sim.advance(2_000);
  assertEquals(leecher.links.map(({ bits }) => [...bits.ones()]), [[2]]);
  assert(rogue.all("request").every(({ index }) => index === 2));
  assertEquals(rogue.state, "open");
});

Deno.test("A peer that loses the last piece of interest is told so, and again when it has it back", async () => {
  await using sim = new Simulation(4);
  const torrent = await createFortyPieces();
  sim.leech("leecher", torrent);
  using rogue = await dial(sim, torrent, { extensions: FAST_AND_EXTENDED });
  rogue.offer(torrent, [5]);
  rogue.send({ type: "choke" });
  await rogue.next("interested");
  tellLoss(rogue, 5);
  await rogue.next("not-interested");
  rogue.send({ type: "have", index: 5 });
  await rogue.next("interested");
});

Deno.test("Without fast, what was asked of a lost piece is asked of others at once (BEP 54)", async () => {
  await using sim = new Simulation(5);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using rogue = await dial(sim, torrent, { extensions: EXTENDED });
  rogue.offer(torrent, [5]);
  await rogue.next("request");
  tellLoss(rogue, 5);
  await sim.settle();
  using other = await dial(sim, torrent, { host: "other" });
  other.offer(torrent, [5]);
  void other.serve(torrent);
  await sim.until(() => leecher.store.held.has(5), 1_000);
  assertEquals(
    rogue.all("cancel"),
    [],
    "nothing was under way to it any more, and it was not told",
  );
});

Deno.test("With fast, what was asked of a lost piece is under way until it is rejected (BEP 54)", async () => {
  for (const answer of ["reject", "block"] as const) {
    await using sim = new Simulation(6);
    const torrent = await createFortyPieces();
    const leecher = sim.leech("leecher", torrent);
    using rogue = await dial(sim, torrent, { extensions: FAST_AND_EXTENDED });
    rogue.offer(torrent, [5]);
    await rogue.next("request");
    await sim.settle();
    tellLoss(rogue, 5);
    const owed = rogue.owed();
    assertEquals(owed.map(nameOf), [`5:0:${U}`, `5:${U}:${U}`]);
    for (const { index, begin, length } of owed) {
      if (answer === "block") rogue.answer(torrent, { index, begin, length }, "right");
      else rogue.send({ type: "reject", index, begin, length });
    }
    await sim.advance(1_000);
    assertEquals(rogue.state, "open");
    assertEquals(leecher.store.held.has(5), answer === "block", "blocks on the way are taken");
    using other = await dial(sim, torrent, { host: "other" });
    other.offer(torrent, [5]);
    void other.serve(torrent);
    await sim.until(() => leecher.store.held.has(5), 1_000);
    assertEquals([rogue.all("cancel"), rogue.all("request").length], [[], 2]);
  }
});

Deno.test("A peer that loses a piece which does not exist, or says it wrong, is cut off", async () => {
  const payloads = [encodeDontHave(40), encodeDontHave(0xffffffff), new Uint8Array(3)];
  for (const payload of [...payloads, new Uint8Array(5), new Uint8Array(0)]) {
    await using sim = new Simulation(7);
    const torrent = await createFortyPieces();
    sim.leech("leecher", torrent);
    const rogue = await dial(sim, torrent, { extensions: FAST_AND_EXTENDED });
    rogue.send({ type: "have-all" });
    rogue.send({ type: "extended", id: EXTENSION_ID.lt_donthave, payload });
    await rogue.closed;
  }
});

Deno.test("Of a peer that loses and gains pieces at random it is known what it has", async () => {
  await using sim = new Simulation(8);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using rogue = await dial(sim, torrent, { extensions: FAST_AND_EXTENDED });
  const has = new Set<number>();
  rogue.send({ type: "have-none" });
  for (let step = 0; step < 500; step++) {
    const index = Math.floor(sim.random() * 40);
    if (sim.random() < 0.5) {
      has.add(index);
      rogue.send({ type: "have", index });
    } else {
      has.delete(index);
      tellLoss(rogue, index);
    }
    if (sim.random() < 0.1) rogue.send({ type: sim.random() < 0.5 ? "choke" : "unchoke" });
    if (sim.random() < 0.1) await sim.settle();
  }
  await sim.settle();
  assertEquals(new Set(leecher.links[0]?.bits.ones()), has);
  rogue.close();
  await sim.settle();
  const seeder = sim.seed("seeder", torrent);
  leecher.addPeers([seeder.address]);
  await sim.until(() => leecher.store.held.isFull, 60_000);
});

Deno.test("A piece that nobody has any more does not keep the endgame from beginning", async () => {
  await using sim = new Simulation(11);
  const torrent = await createFortyPieces();
  sim.leech("leecher", torrent);
  using slow = await dial(sim, torrent, { host: "slow", extensions: FAST_AND_EXTENDED });
  slow.sendTogether(() => {
    slow.offer(torrent, [1, 2]);
    slow.send({ type: "choke" });
  });
  await slow.next("interested");
  tellLoss(slow, 2);
  slow.send({ type: "unchoke" });
  await slow.next("request");
  // Only what is late is asked of another.
  await sim.advance(1_000);
  using quick = await dial(sim, torrent, { host: "quick", extensions: FAST_AND_EXTENDED });
  quick.offer(torrent, [1]);
  await quick.next("request");
  await sim.settle();
  assertEquals(quick.all("request").map(nameOf), slow.all("request").map(nameOf));
  assertEquals(sim.clock.now(), 1_000);
});

Deno.test("A piece that is held again is told of again", async () => {
  await using sim = new Simulation(9);
  const torrent = await createFortyPieces();
  const store = lossyStore(sim, torrent);
  const here = sim.node("node").add(store, { intent: "serve" });
  using rogue = await dial(sim, torrent, { extensions: FAST_AND_EXTENDED });
  takeLosses(rogue);
  await sim.settle();
  await lose(sim, store, 7);
  assertEquals(await here.supply(store.info.layout.pieceIndex(7), pieceOf(torrent, 7)), "held");
  assertEquals((await rogue.next("have")).index, 7);
});

Deno.test("A swarm completes though a seeder loses a piece of which another has a copy", async () => {
  await using sim = new Simulation(10);
  const torrent = await createFortyPieces();
  const store = lossyStore(sim, torrent);
  const losing = sim.node("10.0.0.1", { maxUpRate: 20 * U });
  losing.add(store, { intent: "serve" });
  const late = sim.node("10.0.0.2", { maxUpRate: 20 * U });
  late.add(await sim.partialStore(torrent, [7, 8]), { intent: "serve" });
  const peers = [losing.address, late.address];
  const leechers = Array.from(
    { length: 5 },
    (_, at) => sim.leech(`10.0.1.${at}`, torrent, { peers }),
  );
  await sim.until(() => leechers.every(({ links }) => links.length > 0), 5_000);
  await lose(sim, store, 7);
  await lose(sim, store, 8);
  const ms = await sim.until(() => leechers.every(({ store }) => store.held.isFull), 300_000);
  assert(ms < 60_000, `${ms} ms`);
  for (const leecher of leechers) await assertWhole(leecher, torrent);
});

import { assert, assertEquals } from "@std/assert";
import { peerIdFromHex } from "../../lib/bytes/mod.ts";
import {
  conductsOf,
  dialConductor,
  dialPlayer,
  dialSource,
  name,
  tellConduct,
  typesOf,
} from "./conduct_rogue.ts";
import { createFortyPieces, dial, PLAIN } from "./fast_rogue.ts";
import { askedOf, tellGuide } from "./guide_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, type SimulatedTorrent, Simulation } from "./simulation.ts";

const NEVER = new AbortController().signal;

/** The pieces that the sources of these tests have. */
const TEN = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** A node that begins with nothing, a conductor that names nothing, and a source that is conducted. */
async function stage(sim: Simulation, torrent: SimulatedTorrent) {
  const leecher = sim.leech("leecher", torrent);
  const conductor = await dialConductor(sim, torrent);
  const source = await dialSource(sim, torrent, { host: "source", pieces: TEN });
  name(conductor, source);
  await sim.settle();
  source.send({ type: "unchoke" });
  await sim.settle();
  return { leecher, conductor, source };
}

function closeAll(...rogues: readonly RoguePeer[]): void {
  for (const rogue of rogues) rogue.close();
}

Deno.test("A conducted host fetches of a peer what is named, and what it likes when it is free", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  const { leecher, conductor, source } = await stage(sim, torrent);
  assertEquals(askedOf(source), []);
  void source.serve(torrent);
  name(conductor, source, [3]);
  await sim.until(() => leecher.store.held.has(3), 1_000);
  name(conductor, source, [7, 4]);
  await sim.until(() => leecher.store.held.count === 3, 1_000);
  assertEquals(askedOf(source), [3, 4, 7]);
  tellConduct(conductor, { type: "free" });
  await sim.until(() => leecher.store.held.count === TEN.length, 5_000);
  assertEquals([askedOf(source), askedOf(conductor)], [TEN, []]);
  tellGuide(conductor, "free");
  void conductor.serve(torrent);
  await sim.until(() => leecher.store.held.isFull, 10_000);
  await assertWhole(leecher, torrent);
  closeAll(conductor, source);
});

Deno.test("What is named of a peer is asked of it before it has told that it has it", async () => {
  await using sim = new Simulation(2);
  const torrent = await createFortyPieces();
  const { leecher, conductor, source } = await stage(sim, torrent);
  using fresh = await dialPlayer(sim, torrent, "fresh");
  fresh.send({ type: "have-none" }, { type: "unchoke" });
  await sim.settle();
  void fresh.serve(torrent);
  name(conductor, fresh, [30]);
  await sim.until(() => leecher.store.held.has(30), 1_000);
  assertEquals([askedOf(fresh), askedOf(source)], [[30], []]);
  closeAll(conductor, source);
});

Deno.test("Who is told to fetch of a peer that is not there says so, once it is to fetch something", async () => {
  await using sim = new Simulation(3);
  const torrent = await createFortyPieces();
  const { conductor, source } = await stage(sim, torrent);
  const peerId = peerIdFromHex("7".repeat(40));
  tellConduct(conductor, { type: "fetch", peerId, pieces: [] });
  await sim.settle();
  assertEquals(conductsOf(conductor), []);
  tellConduct(conductor, { type: "fetch", peerId, pieces: [5] });
  await sim.settle();
  assertEquals(conductsOf(conductor), [{ type: "apart", peerId }]);
  closeAll(conductor, source);
});

Deno.test("A host to which nothing comes for five seconds chooses for itself, and says so", async () => {
  await using sim = new Simulation(5);
  const torrent = await createFortyPieces();
  const { leecher, conductor, source } = await stage(sim, torrent);
  void source.serve(torrent);
  await sim.advance(4_400);
  assertEquals([typesOf(conductor), askedOf(source)], [[], []]);
  await sim.until(() => leecher.store.held.count === TEN.length, 5_000);
  assertEquals(typesOf(conductor), ["free"]);
  closeAll(conductor, source);
});

Deno.test("A host heeds no conductor where somebody else has everything", async () => {
  await using sim = new Simulation(6);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using conductor = await dialConductor(sim, torrent);
  using source = await dialSource(sim, torrent, { host: "source", pieces: TEN });
  using seeder = await dialPlayer(sim, torrent, "seeder");
  seeder.send({ type: "have-all" });
  await sim.settle();
  name(conductor, source);
  name(conductor, source, [3]);
  await sim.settle();
  assertEquals(typesOf(conductor), ["free", "free"]);
  source.send({ type: "unchoke" });
  void source.serve(torrent);
  await sim.until(() => leecher.store.held.count === TEN.length, 1_500);
});

Deno.test("A host that meets one who has everything chooses for itself within a second", async () => {
  await using sim = new Simulation(7);
  const torrent = await createFortyPieces();
  const { leecher, conductor, source } = await stage(sim, torrent);
  using seeder = await dialPlayer(sim, torrent, "seeder");
  seeder.send({ type: "have-all" });
  void source.serve(torrent);
  await sim.until(() => leecher.store.held.count === TEN.length, 1_500);
  assertEquals(typesOf(conductor), ["free"]);
  closeAll(conductor, source);
});

Deno.test("Nobody heeds a peer that has not everything, or names what there is not", async () => {
  await using sim = new Simulation(8);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using half = await dialSource(sim, torrent, { host: "half", pieces: TEN });
  using source = await dialSource(sim, torrent, { host: "source", pieces: [...TEN, 20] });
  name(half, source, [20]);
  await sim.settle();
  assertEquals(typesOf(half), ["free"]);
  source.send({ type: "unchoke" });
  await sim.settle();
  assert(askedOf(source).length > 0, "it fetches what it likes");
  using conductor = await dialConductor(sim, torrent);
  name(conductor, source, [40]);
  await conductor.closed;
  assertEquals(leecher.links.length, 2);
});

Deno.test("A host is free when its conductor leaves", async () => {
  await using sim = new Simulation(9);
  const torrent = await createFortyPieces();
  const { leecher, conductor, source } = await stage(sim, torrent);
  void source.serve(torrent);
  conductor.close();
  await sim.until(() => leecher.store.held.count === TEN.length, 1_500);
  source.close();
});

Deno.test("A conductor that names what a peer lacks is told so, and the peer stays", async () => {
  await using sim = new Simulation(10);
  const torrent = await createFortyPieces();
  const { leecher, conductor, source } = await stage(sim, torrent);
  const { peerId } = source.identity;
  for (let index = 10; index < 40; index++) {
    name(conductor, source, [index]);
    await sim.settle();
    const owed = source.owed();
    assertEquals(new Set(owed.map((each) => each.index)), new Set([index]));
    source.answered.push(...owed);
    for (const request of owed) source.send({ ...request, type: "reject" });
    await sim.settle();
  }
  assertEquals(conductsOf(conductor), Array(30).fill({ type: "apart", peerId }));
  // One that it has after all is asked for again.
  source.send({ type: "have", index: 20 });
  name(conductor, source, [20]);
  void source.serve(torrent);
  await sim.until(() => leecher.store.held.has(20), 1_000);
  closeAll(conductor, source);
});

Deno.test("A host that was let down heeds nobody for a minute, however often it is told", async () => {
  await using sim = new Simulation(13);
  const torrent = await createFortyPieces();
  const { leecher, conductor, source } = await stage(sim, torrent);
  void source.serve(torrent);
  for (let turn = 0; turn < 70; turn++) {
    name(conductor, source);
    await sim.advance(100);
  }
  assertEquals(leecher.store.held.count, TEN.length);
  assertEquals(typesOf(conductor).at(-1), "free");
  source.send({ type: "have", index: 20 });
  using other = await dialConductor(sim, torrent, "other");
  conductor.close();
  await sim.settle();
  name(other, source);
  await sim.until(() => leecher.store.held.has(20), 1_000);
  await sim.advance(60_000);
  name(other, source);
  await sim.settle();
  assertEquals(typesOf(other), ["free"]);
  closeAll(other, source);
});

Deno.test("What a conductor itself gives does not keep a host waiting for others", async () => {
  await using sim = new Simulation(14);
  const torrent = await createFortyPieces();
  const { leecher, conductor, source } = await stage(sim, torrent);
  void source.serve(torrent);
  void conductor.serve(torrent);
  for (let index = 30; index < 37; index++) {
    tellGuide(conductor, "guided", [index]);
    await sim.advance(1_000);
  }
  assertEquals(leecher.store.held.count, TEN.length + 7);
  closeAll(conductor, source);
});

Deno.test("Nobody is asked for what it has not told of who cannot say that it has it not (BEP 6)", async () => {
  await using sim = new Simulation(15);
  const torrent = await createFortyPieces();
  const { conductor, source } = await stage(sim, torrent);
  using plain = await dial(sim, torrent, { host: "plain", extensions: PLAIN });
  plain.offer(torrent, [3]);
  await sim.settle();
  name(conductor, plain, [7, 8]);
  await sim.settle();
  assertEquals(typesOf(conductor), ["apart"]);
  assertEquals(askedOf(plain), [3]);
  closeAll(conductor, source);
});

Deno.test("What a user orders of a peer is not taken from it, though it is silent", async () => {
  await using sim = new Simulation(16);
  const torrent = await createFortyPieces();
  const { leecher, conductor, source } = await stage(sim, torrent);
  using next = await dialSource(sim, torrent, { host: "next", pieces: TEN });
  name(conductor, next);
  next.send({ type: "unchoke" });
  const { address } = leecher.links[1]!;
  const piece = leecher.store.info.layout.pieceIndex(3);
  const ordered = leecher.fetchPiece(piece, address, NEVER);
  await sim.advance(600);
  name(conductor, next, [3]);
  await sim.settle();
  assertEquals([askedOf(source), askedOf(next)], [[3], []]);
  void source.serve(torrent);
  await ordered;
  closeAll(conductor, source);
});

Deno.test("A piece that a silent peer owes is fetched of the next one that is named for it", async () => {
  await using sim = new Simulation(11);
  const torrent = await createFortyPieces();
  const { leecher, conductor, source } = await stage(sim, torrent);
  using next = await dialSource(sim, torrent, { host: "next", pieces: TEN });
  name(conductor, next);
  next.send({ type: "unchoke" });
  void next.serve(torrent);
  name(conductor, source, [3]);
  await sim.advance(600);
  name(conductor, next, [3]);
  await sim.until(() => leecher.store.held.has(3), 300);
  assertEquals([source.owed(), askedOf(next)], [[], [3]]);
  closeAll(conductor, source);
});

Deno.test("Whoever is conducted together is served, also beyond the sixteen of the choker", async () => {
  await using sim = new Simulation(12);
  const torrent = await createFortyPieces();
  sim.node("leecher").add(await sim.partialStore(torrent, TEN));
  using conductor = await dialConductor(sim, torrent);
  const others: RoguePeer[] = [];
  for (let number = 0; number < 20; number++) {
    const other = await dialPlayer(sim, torrent, `other${number}`);
    other.send({ type: "have-none" }, { type: "interested" });
    others.push(other);
  }
  await sim.settle();
  const served = () => others.filter((other) => other.all("unchoke").length > 0).length;
  assert(served() < 20, `${served()} are served`);
  for (const other of others) name(conductor, other);
  await sim.settle();
  assertEquals(served(), 20);
  closeAll(...others);
});

Deno.test("From 64 peers at most a host fetches only what is named", async () => {
  await using sim = new Simulation(17);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using conductor = await dialConductor(sim, torrent);
  const others: RoguePeer[] = [];
  for (let number = 0; number < 66; number++) {
    others.push(await dialSource(sim, torrent, { host: `other${number}`, pieces: [number % 40] }));
  }
  for (const other of others) name(conductor, other);
  await sim.settle();
  assertEquals(leecher.links.filter((link) => link.isConducted).length, 64);
  closeAll(...others);
});

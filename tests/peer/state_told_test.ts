import { assertEquals, assertRejects } from "@std/assert";
import { createFortyPieces, dial, PLAIN } from "./fast_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { Simulation } from "./simulation.ts";

/** Who is interested and who is not, as a rogue was told. */
function interestsOf(rogue: RoguePeer): string[] {
  return rogue.log.map(({ type }) => type).filter((type) => type.endsWith("interested"));
}

/** The pieces of which a rogue was told one by one. */
function havesOf(rogue: RoguePeer): number[] {
  return rogue.all("have").map(({ index }) => index);
}

Deno.test("A connection begins choked: nothing is asked for before the peer unchokes (BEP 3)", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  sim.leech("leecher", torrent);
  using rogue = await dial(sim, torrent, { extensions: PLAIN });
  rogue.sendTogether(() => {
    rogue.offer(torrent);
    rogue.send({ type: "choke" });
  });
  await rogue.next("interested");
  await sim.advance(20_000);
  assertEquals(rogue.all("request"), []);
  rogue.send({ type: "unchoke" });
  await rogue.next("request");
});

Deno.test("A connection begins not interested, and a peer that has nothing is told nothing else (BEP 3)", async () => {
  await using sim = new Simulation(2);
  const torrent = await createFortyPieces();
  sim.node("node").add(await sim.partialStore(torrent, [0]));
  using rogue = await dial(sim, torrent, { extensions: PLAIN });
  await sim.advance(20_000);
  assertEquals(interestsOf(rogue), []);
  rogue.send({ type: "have", index: 0 });
  await sim.advance(20_000);
  assertEquals(interestsOf(rogue), []);
  rogue.send({ type: "have", index: 1 });
  await rogue.next("interested");
});

Deno.test("A peer of no interest any more is told so, though it chokes, and when it is again (BEP 3)", async () => {
  await using sim = new Simulation(3);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using choking = await dial(sim, torrent, { host: "choking", extensions: PLAIN });
  choking.sendTogether(() => {
    choking.offer(torrent, [7]);
    choking.send({ type: "choke" });
  });
  await choking.next("interested");
  using giving = await dial(sim, torrent, { host: "giving", extensions: PLAIN });
  giving.offer(torrent, [7]);
  void giving.serve(torrent);
  await sim.until(() => leecher.store.held.has(7), 5_000);
  await sim.settle();
  assertEquals(interestsOf(choking), ["interested", "not-interested"]);
  assertEquals(interestsOf(giving), ["interested", "not-interested"]);
  choking.send({ type: "have", index: 8 });
  await sim.settle();
  assertEquals(interestsOf(choking), ["interested", "not-interested", "interested"]);
});

Deno.test("A bitfield comes first and once; a piece of the right hash is told to all who lack it (BEP 3)", async () => {
  await using sim = new Simulation(4);
  const torrent = await createFortyPieces();
  const leecher = sim.node("leecher").add(await sim.partialStore(torrent, [0, 39]));
  using watching = await dial(sim, torrent, { host: "watching", extensions: PLAIN });
  using owning = await dial(sim, torrent, { host: "owning", extensions: PLAIN });
  owning.offer(torrent, [7]);
  owning.send({ type: "choke" });
  using liar = await dial(sim, torrent, { host: "liar", extensions: PLAIN });
  liar.offer(torrent, [8]);
  void liar.serve(torrent, () => "wrong");
  using giving = await dial(sim, torrent, { host: "giving", extensions: PLAIN });
  giving.offer(torrent, [7]);
  void giving.serve(torrent);
  await sim.until(() => leecher.store.held.has(7) && liar.state === "closed", 10_000);
  await sim.advance(5_000);
  for (const rogue of [watching, owning, giving]) {
    assertEquals(rogue.log[0], { type: "bitfield", bits: Uint8Array.of(0x80, 0, 0, 0, 1) });
    assertEquals(rogue.all("bitfield").length, 1);
  }
  assertEquals([watching, owning, giving].map(havesOf), [[7], [], []]);
});

Deno.test("Who cannot write any more is not interested, and says so (BEP 3)", async () => {
  await using sim = new Simulation(5);
  const torrent = await createFortyPieces();
  const store = sim.store(torrent.info);
  store.put = () => Promise.reject(new Error("The disk is full"));
  const leecher = sim.node("leecher").add(store);
  const failing = assertRejects(() => leecher.completed, Error, "The disk is full");
  using choking = await dial(sim, torrent, { host: "choking", extensions: PLAIN });
  choking.sendTogether(() => {
    choking.offer(torrent);
    choking.send({ type: "choke" });
  });
  await choking.next("interested");
  using giving = await dial(sim, torrent, { host: "giving", extensions: PLAIN });
  giving.offer(torrent);
  void giving.serve(torrent);
  await failing;
  await sim.settle();
  assertEquals(interestsOf(choking), ["interested", "not-interested"]);
});

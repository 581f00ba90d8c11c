import { assert, assertEquals } from "@std/assert";
import { encodeDontHave, EXTENSION_ID } from "../../lib/peer/wire/mod.ts";
import { createFortyPieces, dial, FAST_AND_EXTENDED } from "./fast_rogue.ts";
import {
  choiceOf,
  dialHungry,
  dialTaker,
  guidesOf,
  namedIn,
  sendGuideBytes,
  tellGuide,
} from "./guide_rogue.ts";
import { LossyStore } from "./lossy_store.ts";
import { assertWhole, createTorrent, pieceOf, Simulation } from "./simulation.ts";

/** Pieces of this length are offered one at a time at first. */
const PIECE_LENGTH = 256 * 1024;

Deno.test("Two hungry peers are guided to different pieces, few at a time, and a single one is not", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent({ length: 40 * PIECE_LENGTH, pieceLength: PIECE_LENGTH });
  sim.seed("seeder", torrent);
  using one = await dialHungry(sim, torrent, "one");
  await sim.advance(5_000);
  assertEquals(guidesOf(one), []);
  using other = await dialHungry(sim, torrent, "other");
  await sim.settle();
  for (const rogue of [one, other]) assertEquals(guidesOf(rogue)[0]?.choice, "guided");
  assertEquals([namedIn(one, "guided"), namedIn(other, "guided")].flat().length, 1);
  const named = () => [one, other].map((rogue) => namedIn(rogue, "guided"));
  const had = new Set<number>();
  for (let most = 1; named().flat().length < 30; most++) {
    const open = named().flat().filter((index) => !had.has(index));
    assert(open.length > 0 && open.length <= most, `${open} are on offer`);
    for (const rogue of [one, other]) {
      const index = namedIn(rogue, "guided").find((index) => !had.has(index));
      if (index === undefined) continue;
      had.add(index);
      rogue.send({ type: "have", index });
      most++;
    }
    await sim.settle();
  }
  const pieces = named().flat();
  assertEquals(new Set(pieces).size, pieces.length, "each piece is named to one of them");
  assert(named().every(({ length }) => length > 10), `${named()}`);
});

Deno.test("Peers that do not take sl_guide are told nothing of it, and do not count", async () => {
  await using sim = new Simulation(2);
  const torrent = await createFortyPieces();
  sim.seed("seeder", torrent);
  using taker = await dialHungry(sim, torrent, "taker");
  using foreign = await dial(sim, torrent, { host: "foreign", extensions: FAST_AND_EXTENDED });
  foreign.extend({ extensions: new Map([["ut_metadata", 3], ["sl_guide", 0]]) });
  foreign.send({ type: "have-none" }, { type: "interested" });
  await sim.advance(5_000);
  assertEquals([guidesOf(taker), foreign.all("extended").length], [[], 1]);
});

Deno.test("A guided peer is free when the only other one leaves, has all or wants nothing more", async () => {
  for (const end of ["leaves", "has all", "wants nothing"] as const) {
    await using sim = new Simulation(3);
    const torrent = await createFortyPieces();
    sim.seed("seeder", torrent);
    using one = await dialHungry(sim, torrent, "one");
    using other = await dialHungry(sim, torrent, "other");
    await sim.settle();
    assertEquals(choiceOf(one), "guided");
    if (end === "leaves") other.close();
    else if (end === "wants nothing") other.extend({ appetite: "nothing" });
    else for (let index = 0; index < 40; index++) other.send({ type: "have", index });
    await sim.advance(2_000);
    assertEquals(guidesOf(one).at(-1), { choice: "free", pieces: [] }, end);
    await sim.advance(5_000);
    assertEquals(guidesOf(one).filter(({ choice }) => choice === "free").length, 1, "told once");
    using _third = await dialHungry(sim, torrent, "third");
    await sim.settle();
    assertEquals(choiceOf(one), "guided");
  }
});

Deno.test("Only peers that are interested are offered pieces, and nobody what it has", async () => {
  await using sim = new Simulation(4);
  const torrent = await createFortyPieces();
  sim.seed("seeder", torrent);
  using _hungry = await dialHungry(sim, torrent, "hungry");
  using idle = await dialTaker(sim, torrent, { host: "idle" });
  idle.send({ type: "have-none" });
  using nearly = await dialTaker(sim, torrent, { host: "nearly" });
  nearly.offer(torrent, Array.from({ length: 39 }, (_, index) => index < 17 ? index : index + 1));
  await sim.advance(2_000);
  assertEquals([namedIn(idle, "guided"), namedIn(nearly, "guided")], [[], []]);
  nearly.send({ type: "interested" });
  // The offer to the one that fetches nothing counts no more after a while.
  await sim.advance(4_000);
  assertEquals([namedIn(idle, "guided"), namedIn(nearly, "guided")], [[], [17]]);
});

Deno.test("A peer that declines is offered something else at once, and the other one what it declined", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent({ length: 3 * 64 * 1024 });
  sim.seed("seeder", torrent);
  using one = await dialHungry(sim, torrent, "one");
  using other = await dialHungry(sim, torrent, "other");
  await sim.settle();
  for (let turn = 0; turn < 6; turn++) {
    const peer = turn % 2 === 0 ? one : other;
    tellGuide(peer, "declined", namedIn(peer, "guided").slice(-1));
    await sim.settle();
  }
  for (const peer of [one, other]) {
    assertEquals(namedIn(peer, "guided").toSorted(), [0, 1, 2], "each once");
  }
  assertEquals(sim.clock.now(), 0);
});

Deno.test("Who names pieces that do not exist, or were not offered, as declined stays connected", async () => {
  await using sim = new Simulation(6);
  const torrent = await createFortyPieces();
  sim.seed("seeder", torrent);
  using one = await dialTaker(sim, torrent, { host: "one" });
  tellGuide(one, "declined", [3]);
  await sim.settle();
  using two = await dialHungry(sim, torrent, "two");
  one.send({ type: "have-none" }, { type: "interested" });
  tellGuide(one, "declined", [40, 0xffffffff]);
  tellGuide(one, "declined", Array.from({ length: 40 }, (_, index) => index));
  tellGuide(one, "declined");
  tellGuide(two, "guided", [7, 99]);
  tellGuide(two, "free", [7, 99]);
  await sim.advance(3_000);
  assertEquals([one.state, two.state, choiceOf(two)], ["open", "open", "guided"]);
});

Deno.test("A malformed sl_guide ends the connection, of whoever has all and of whoever has not", async () => {
  await using sim = new Simulation(7);
  const torrent = await createFortyPieces();
  const seeder = sim.seed("seeder", torrent);
  sim.leech("leecher", torrent);
  for (const node of [seeder, sim.nodes[1]!]) {
    for (const bytes of [[], [3], [255, 0, 0, 0, 1], [1, 0, 0, 0], [2, 0], [0, 0, 0, 0, 0, 0]]) {
      using rogue = await dialTaker(sim, torrent, { node });
      rogue.send({ type: "have-none" });
      await sim.settle();
      sendGuideBytes(rogue, Uint8Array.from(bytes));
      await sim.settle();
      assertEquals(rogue.state, "closed", `${bytes}`);
    }
  }
});

Deno.test("A node that lacks a piece guides nobody; one that loses a piece sets free until it is back", async () => {
  await using sim = new Simulation(8);
  const torrent = await createFortyPieces();
  const store = new LossyStore(sim.store(torrent.info, torrent.data));
  const here = sim.node("seeder").add(store, { intent: "serve" });
  using one = await dialHungry(sim, torrent, "one");
  using two = await dialHungry(sim, torrent, "two");
  await sim.settle();
  assertEquals([choiceOf(one), choiceOf(two)], ["guided", "guided"]);
  const index = torrent.info.layout.pieceIndex(7);
  store.lose(index);
  await sim.advance(1_100);
  assertEquals([choiceOf(one), choiceOf(two)], ["free", "free"]);
  const before = guidesOf(one).length;
  await sim.advance(5_000);
  assertEquals(guidesOf(one).length, before);
  await here.supply(index, pieceOf(torrent, 7));
  await sim.advance(1_100);
  assertEquals([choiceOf(one), choiceOf(two)], ["guided", "guided"]);
});

Deno.test("A peer that had a piece, lost it and left does not cost another one that gets it", async () => {
  await using sim = new Simulation(9);
  const torrent = await createFortyPieces();
  sim.seed("seeder", torrent);
  using first = await dialTaker(sim, torrent, { host: "first" });
  first.offer(torrent, [3]);
  await sim.settle();
  const payload = encodeDontHave(3);
  first.send({ type: "extended", id: EXTENSION_ID.lt_donthave, payload });
  await sim.settle();
  first.close();
  await sim.settle();
  using innocent = await dialHungry(sim, torrent, "innocent");
  innocent.send({ type: "have", index: 3 });
  await sim.settle();
  assertEquals(innocent.state, "open");
});

Deno.test("Peers complete though another one that is guided fetches nothing", async () => {
  await using sim = new Simulation(10);
  const torrent = await createFortyPieces();
  const peers = [sim.seed("seeder", torrent, { maxUpRate: 512 * 1024 }).address];
  using _idle = await dialHungry(sim, torrent, "idle");
  const leechers = ["one", "two"].map((host) => sim.leech(host, torrent, { peers }));
  await sim.until(() => leechers.every(({ store }) => store.held.isFull), 15_000);
  for (const leecher of leechers) await assertWhole(leecher, torrent);
});

Deno.test("A peer that is left alone by the other guided ones completes, and is not slower for it", async () => {
  await using sim = new Simulation(11);
  const torrent = await createFortyPieces();
  const peers = [sim.seed("seeder", torrent, { maxUpRate: 256 * 1024 }).address];
  const staying = sim.leech("staying", torrent, { peers });
  const leaving = sim.leech("leaving", torrent, { peers });
  await sim.until(() => leaving.store.held.count >= 5, 10_000);
  await sim.nodes[2]!.close();
  // What is left of the 1.25 MiB takes less than five seconds.
  await sim.until(() => staying.store.held.isFull, 7_000);
  await assertWhole(staying, torrent);
});

Deno.test("Two seeders guide the same peers, who fetch each piece once", async () => {
  await using sim = new Simulation(12);
  const torrent = await createFortyPieces();
  const seeders = ["left", "right"].map((host) =>
    sim.seed(host, torrent, { maxUpRate: 256 * 1024 })
  );
  const leechers = ["a", "b", "c"].map((host) =>
    sim.leech(host, torrent, { peers: sim.nodes.map(({ address }) => address) })
  );
  await sim.until(() => leechers.every(({ store }) => store.held.isFull), 15_000);
  for (const leecher of leechers) {
    await assertWhole(leecher, torrent);
    assertEquals(leecher.status.downloaded, torrent.data.length);
  }
  const sent = seeders.map(({ torrents }) => [...torrents.values()][0]!.status.uploaded);
  assert(sent.every((bytes) => bytes > 0), `${sent}`);
  const files = sent.reduce((sum, bytes) => sum + bytes, 0) / torrent.data.length;
  assert(files < 2, `the seeders sent ${files} files to three peers`);
});

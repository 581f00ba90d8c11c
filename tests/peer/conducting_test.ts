import { assert, assertEquals } from "@std/assert";
import type { Torrent } from "../../lib/peer/mod.ts";
import {
  conductsOf,
  dialHungryPlayers,
  dialPlayer,
  namedOf,
  only,
  tellConduct,
  typesOf,
} from "./conduct_rogue.ts";
import { dialHungry, guidesOf, namedIn } from "./guide_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, Simulation } from "./simulation.ts";

/** A torrent of 20 pieces, few enough for a dozen hosts to be conducted. */
function createTwentyPieces() {
  return createTorrent({ length: 20 * 64 * 1024, pieceLength: 64 * 1024 });
}

/** A seeder, and some that want its twenty pieces. */
async function stage(sim: Simulation, count: number): Promise<RoguePeer[]> {
  const torrent = await createTwentyPieces();
  sim.seed("seeder", torrent);
  return await dialHungryPlayers(sim, torrent, count);
}

/** Those that were told to fetch something of others by now. */
function conducted(rogues: readonly RoguePeer[]): RoguePeer[] {
  return rogues.filter((rogue) => typesOf(rogue).at(-1) === "fetch");
}

/** Whether a host is told now what to fetch of others. */
function isConducted({ links }: Torrent): boolean {
  return links.some(({ fast }) => fast.conduct.part === "conducted");
}

function closeAll(rogues: readonly RoguePeer[]): void {
  for (const rogue of rogues) rogue.close();
}

Deno.test("Twelve hungry peers are conducted, each with all the others, and eleven are not", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTwentyPieces();
  sim.seed("seeder", torrent);
  const rogues = await dialHungryPlayers(sim, torrent, 11);
  await sim.advance(1_000);
  assertEquals(rogues.flatMap(conductsOf), []);
  rogues.push(await dialPlayer(sim, torrent, "twelfth"));
  rogues.at(-1)?.send({ type: "have-none" }, { type: "interested" });
  await sim.settle();
  for (const rogue of rogues) {
    const others = conductsOf(rogue).map((conduct) =>
      conduct.type === "fetch" && conduct.pieces.length === 0 ? conduct.peerId : undefined
    );
    const wanted = rogues.filter((each) => each !== rogue).map(({ identity }) => identity.peerId);
    assertEquals(new Set(others), new Set(wanted));
  }
  closeAll(rogues);
});

Deno.test("What one has got is named to another at once, and the seeder names each piece once", async () => {
  await using sim = new Simulation(2);
  const rogues = await stage(sim, 12);
  const offered = () => rogues.flatMap((rogue) => namedIn(rogue, "guided"));
  const before = offered().length;
  const first = rogues.map((rogue) => [rogue, namedIn(rogue, "guided")] as const);
  for (const [rogue, pieces] of first) {
    for (const index of pieces) rogue.send({ type: "have", index });
    await sim.advance(1);
    const named = rogues.flatMap((other) => namedOf(other, rogue));
    assert(named.every((index) => pieces.includes(index)), `${named} of ${pieces}`);
    assertEquals(named.length > 0, pieces.length > 0);
  }
  assert(offered().length > before);
  assertEquals(new Set(offered()).size, offered().length);
  closeAll(rogues);
});

Deno.test("What many say at once is decided on once, at once or a millisecond later", async () => {
  await using sim = new Simulation(10);
  const rogues = await stage(sim, 12);
  const isNamed = ({ from, index }: { from: RoguePeer; index: number }): boolean =>
    rogues.some((rogue) => namedOf(rogue, from).includes(index));
  await sim.advance(10);
  const had = rogues.slice(3, 6).map((from, number) => ({ from, index: 17 + number }));
  const timers = sim.clock.pending;
  for (const { from, index } of had) {
    from.send({ type: "have", index });
    await sim.settle();
  }
  assertEquals(had.map(isNamed), [true, false, false]);
  assertEquals(sim.clock.pending, timers + 1);
  await sim.advance(1);
  assertEquals(had.map(isNamed), [true, true, true]);
  closeAll(rogues);
});

Deno.test("Where hosts and pieces are many some milliseconds pass between two decisions", async () => {
  await using sim = new Simulation(11);
  const torrent = await createTorrent({ length: 256 * 16 * 1024, pieceLength: 16 * 1024 });
  sim.seed("seeder", torrent);
  const rogues = await dialHungryPlayers(sim, torrent, 48);
  await sim.advance(10);
  const [, , , first, second] = rogues;
  for (const [number, from] of [first!, second!].entries()) {
    from.send({ type: "have", index: 200 + number });
    await sim.settle();
  }
  const isNamed = () => rogues.some((rogue) => namedOf(rogue, second!).includes(201));
  await sim.advance(2);
  assertEquals(isNamed(), false);
  await sim.advance(1);
  assertEquals(isNamed(), true);
  closeAll(rogues);
});

Deno.test("When conducting ends while a decision waits, nobody is told to fetch from others", async () => {
  await using sim = new Simulation(12);
  const rogues = await stage(sim, 12);
  await sim.advance(10);
  for (const [number, rogue] of rogues.slice(10).entries()) {
    rogue.send({ type: "have", index: 18 + number });
    await sim.settle();
  }
  for (const rogue of rogues.slice(0, 7)) tellConduct(rogue, { type: "free" });
  await sim.advance(5);
  assert(rogues.every((rogue) => typesOf(rogue).at(-1) === "free"));
  assertEquals(rogues.flatMap((rogue) => namedOf(rogue, rogues[11]!)), []);
  closeAll(rogues);
});

Deno.test("All that are conducted are served, also beyond the sixteen of the choker", async () => {
  await using sim = new Simulation(3);
  const rogues = await stage(sim, 20);
  await sim.advance(1_000);
  assertEquals(rogues.filter((rogue) => rogue.all("unchoke").length > 0).length, 20);
  closeAll(rogues);
});

Deno.test("Nobody is conducted where one does not know of it, or a file has many pieces a host", async () => {
  for (const reason of ["one does not know of it", "many pieces"] as const) {
    await using sim = new Simulation(4);
    const pieces = reason === "many pieces" ? 193 : 20;
    const torrent = await createTorrent({ length: pieces * 16 * 1024, pieceLength: 16 * 1024 });
    sim.seed("seeder", torrent);
    const rogues = await dialHungryPlayers(sim, torrent, reason === "many pieces" ? 12 : 11);
    if (reason !== "many pieces") rogues.push(await dialHungry(sim, torrent, "older"));
    await sim.advance(1_000);
    assertEquals(rogues.flatMap(conductsOf), [], reason);
    assert(rogues.some((rogue) => namedIn(rogue, "guided").length > 0), "they are guided");
    closeAll(rogues);
  }
});

Deno.test("Who says that it chooses for itself is free, and the others are conducted further", async () => {
  await using sim = new Simulation(5);
  const rogues = await stage(sim, 12);
  const [one, ...others] = rogues;
  assert(one !== undefined);
  tellConduct(one, { type: "free" });
  await sim.settle();
  assertEquals(guidesOf(one).at(-1), { choice: "free", pieces: [] });
  const before = conductsOf(one).length;
  const first = others.find((rogue) => namedIn(rogue, "guided").length > 0)!;
  first.send({ type: "have", index: namedIn(first, "guided")[0]! });
  await sim.advance(1);
  assertEquals(conductsOf(one).length, before);
  assertEquals(others.filter((rogue) => namedOf(rogue, first).length > 0).length, 1);
  closeAll(rogues);
});

Deno.test("When most choose for themselves all are free, guided as before, and not conducted for a minute", async () => {
  await using sim = new Simulation(6);
  const rogues = await stage(sim, 12);
  for (const rogue of rogues.slice(0, 7)) tellConduct(rogue, { type: "free" });
  await sim.settle();
  for (const rogue of rogues) {
    assertEquals([typesOf(rogue).at(-1), guidesOf(rogue).at(-1)?.choice], ["free", "guided"]);
  }
  await sim.advance(50_000);
  assertEquals(conducted(rogues), []);
  await sim.advance(15_000);
  assertEquals(conducted(rogues).length, 12);
  closeAll(rogues);
});

Deno.test("Two that are not connected are told nothing of each other for a while", async () => {
  await using sim = new Simulation(7);
  const rogues = await stage(sim, 12);
  const first = rogues.find((rogue) => namedIn(rogue, "guided").length > 0)!;
  first.send({ type: "have", index: namedIn(first, "guided")[0]! });
  await sim.advance(1);
  const idle = rogues.filter((rogue) => namedIn(rogue, "guided").length === 0);
  const asked = new Set<RoguePeer>();
  while (asked.size < idle.length) {
    const taker = only(
      rogues.filter((rogue) => namedOf(rogue, first).length > 0 && !asked.has(rogue)),
    );
    asked.add(taker);
    tellConduct(taker, { type: "apart", peerId: first.identity.peerId });
    await sim.advance(1);
  }
  assertEquals([asked, sim.clock.now() < 100], [new Set(idle), true]);
  closeAll(rogues);
});

Deno.test("Those that are left when the others leave are free", async () => {
  await using sim = new Simulation(8);
  const rogues = await stage(sim, 12);
  const [last, ...others] = rogues;
  assert(last !== undefined);
  closeAll(others);
  await sim.advance(1_000);
  assertEquals([typesOf(last).at(-1), guidesOf(last).at(-1)?.choice], ["free", "free"]);
  last.close();
});

Deno.test("Thirteen that are conducted have it all, though the seeder pauses, one of them, and one leaves", async () => {
  await using sim = new Simulation(9);
  const torrent = await createTorrent({ length: 100 * 16 * 1024, pieceLength: 16 * 1024 });
  const slow = { maxUpRate: 200_000 };
  const seeder = sim.seed("seeder", torrent, slow);
  const leechers = Array.from(
    { length: 14 },
    (_, number) => sim.leech(`host${number}`, torrent, { node: slow }),
  );
  const addresses = sim.nodes.map(({ address }) => address);
  for (const leecher of leechers) leecher.addPeers(addresses);
  await sim.until(() => leechers.every(({ store }) => store.held.count > 10), 10_000);
  assertEquals(leechers.filter(isConducted).length, 14);
  const [first, last] = [leechers[0]!, leechers.pop()!];
  const { motion } = [...seeder.torrents.values()][0]!;
  motion.suspend();
  await sim.advance(8_000);
  assertEquals(leechers.filter(isConducted), [], "nothing came for five seconds");
  motion.proceed();
  first.motion.suspend();
  await last.close();
  await sim.until(() => leechers.slice(1).every(({ store }) => store.held.isFull), 60_000);
  first.motion.proceed();
  await sim.until(() => leechers.every(({ store }) => store.held.isFull), 60_000);
  for (const leecher of leechers) await assertWhole(leecher, torrent);
  assertEquals(leechers.filter(isConducted), []);
});

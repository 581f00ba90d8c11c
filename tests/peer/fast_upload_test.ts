import { assert, assertEquals } from "@std/assert";
import { allowedFastSet, type BlockRequest, type Message } from "../../lib/peer/wire/mod.ts";
import { randomBelow, seededRandom } from "../bytes/seeded_random.ts";
import {
  ask,
  block,
  createFortyPieces,
  dial,
  FAST_AND_EXTENDED,
  nameOf,
  PLAIN,
  request,
  U,
} from "./fast_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { pieceOf, type SimulatedTorrent, Simulation } from "./simulation.ts";

/** The messages of BEP 6. */
const FAST_TYPES: readonly Message["type"][] = [
  "have-all",
  "have-none",
  "suggest",
  "reject",
  "allowed-fast",
];

/** What was answered with a block, and what with a reject, in order. */
function answersOf(rogue: RoguePeer): { pieces: string[]; rejects: string[] } {
  return {
    pieces: rogue.all("piece").map(({ index, begin, block }) =>
      nameOf({ index, begin, length: block.length })
    ),
    rejects: rogue.all("reject").map(nameOf),
  };
}

/** Fails unless each request has exactly one answer, and every block is right. */
function assertAnsweredOnce(
  rogue: RoguePeer,
  torrent: SimulatedTorrent,
  requests: readonly BlockRequest[],
): void {
  const { pieces, rejects } = answersOf(rogue);
  assertEquals([...pieces, ...rejects].sort(), requests.map(nameOf).sort());
  for (const { index, begin, block } of rogue.all("piece")) {
    assertEquals(block, pieceOf(torrent, index).slice(begin, begin + block.length));
  }
}

const HOLDINGS: readonly (readonly [string, readonly number[], Message["type"]])[] = [
  ["all", Array.from({ length: 40 }, (_, index) => index), "have-all"],
  ["no", [], "have-none"],
  ["some", [3, 39], "bitfield"],
];

for (const [amount, pieces, wanted] of HOLDINGS) {
  Deno.test(`Who holds ${amount} pieces says ${wanted} first, and none of the others (BEP 6)`, async () => {
    await using sim = new Simulation(1);
    const torrent = await createFortyPieces();
    sim.node("node").add(await sim.partialStore(torrent, pieces));
    using rogue = await dial(sim, torrent, { extensions: FAST_AND_EXTENDED });
    await sim.advance(5_000);
    const types = rogue.log.map(({ type }) => type).filter((type) => type !== "extended");
    assertEquals(types[0], wanted);
    const others = ["have-all", "have-none", "bitfield"].filter((type) => type !== wanted);
    assertEquals(types.slice(1).filter((type) => type === wanted || others.includes(type)), []);
  });
}

Deno.test("A peer without the fast extension is sent none of its messages (BEP 6)", async () => {
  await using sim = new Simulation(2);
  const torrent = await createFortyPieces();
  sim.seed("node", torrent, { maxUpRate: U });
  using rogue = await dial(sim, torrent, { host: "80.4.4.200", extensions: PLAIN });
  rogue.send(request(0), { type: "interested" });
  await rogue.next("unchoke");
  for (let index = 0; index < 10; index++) rogue.send(request(index));
  await sim.advance(2_000);
  rogue.send({ type: "cancel", ...block(9) }, { type: "not-interested" });
  await sim.advance(20_000);
  assertEquals([rogue.log[0]?.type, rogue.all("choke").length], ["bitfield", 1]);
  assertEquals(rogue.log.filter(({ type }) => FAST_TYPES.includes(type)), []);
  assertEquals(rogue.state, "open");
});

Deno.test("A choke comes before the rejects of all that is queued, each once (BEP 6)", async () => {
  await using sim = new Simulation(3);
  const torrent = await createFortyPieces();
  sim.seed("node", torrent, { maxUpRate: U });
  using rogue = await dial(sim, torrent);
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  const requests = Array.from({ length: 20 }, (_, index) => block(index, index % 2));
  ask(rogue, requests);
  await sim.advance(3_000);
  rogue.send({ type: "not-interested" });
  await sim.advance(60_000);
  assertAnsweredOnce(rogue, torrent, requests);
  const types = rogue.log.map(({ type }) => type);
  const [choke, firstReject] = [types.indexOf("choke"), types.indexOf("reject")];
  assert(choke >= 0 && choke < firstReject, `${types}`);
  assert(rogue.all("piece").length >= 2 && rogue.all("reject").length >= 15);
});

Deno.test("A choke takes nothing back of the pieces that are allowed fast (BEP 6)", async () => {
  await using sim = new Simulation(4);
  const torrent = await createFortyPieces();
  sim.seed("node", torrent, { maxUpRate: U });
  using rogue = await dial(sim, torrent, { host: "80.4.4.200" });
  rogue.send({ type: "have-none" }, { type: "interested" });
  await rogue.next("unchoke");
  await sim.until(() => rogue.all("allowed-fast").length === 10);
  const granted = new Set(rogue.all("allowed-fast").map(({ index }) => index));
  const requests = Array.from({ length: 40 }, (_, index) => block(index));
  ask(rogue, requests);
  rogue.send({ type: "not-interested" });
  await sim.advance(60_000);
  assertAnsweredOnce(rogue, torrent, requests);
  assert(rogue.all("reject").every(({ index }) => !granted.has(index)));
  const fetched = new Set(rogue.all("piece").map(({ index }) => index));
  assert([...granted].every((index) => fetched.has(index)));
});

Deno.test("Each request has one answer, whatever is cancelled and whenever (BEP 6)", async () => {
  for (let seed = 0; seed < 5; seed++) {
    await using sim = new Simulation(seed);
    const random = seededRandom(seed);
    const torrent = await createFortyPieces();
    sim.seed("node", torrent, { maxUpRate: 8 * U });
    using rogue = await dial(sim, torrent);
    rogue.send({ type: "interested" });
    await rogue.next("unchoke");
    const requests: BlockRequest[] = [];
    for (let step = 0; step < 200; step++) {
      const some = block(randomBelow(random, 39), randomBelow(random, 2), random() < 0.8 ? U : 999);
      if (random() < 0.6) {
        requests.push(some);
        rogue.send({ type: "request", ...some });
      } else {
        const other = requests[randomBelow(random, requests.length)] ?? some;
        rogue.send({ type: "cancel", ...(random() < 0.8 ? other : some) });
      }
      if (random() < 0.2) await sim.advance(100);
    }
    await sim.advance(60_000);
    assertEquals(rogue.state, "open");
    assertAnsweredOnce(rogue, torrent, requests);
    assert(rogue.all("reject").length > 5 && rogue.all("piece").length > 5);
  }
});

Deno.test("Two requests for one block have two answers, and a cancel takes one back (BEP 6)", async () => {
  await using sim = new Simulation(5);
  const torrent = await createFortyPieces();
  sim.seed("node", torrent, { maxUpRate: U });
  using rogue = await dial(sim, torrent);
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  rogue.send(request(1), request(2), request(2), { type: "cancel", ...block(2) });
  rogue.send({ type: "cancel", ...block(5) });
  await sim.advance(10_000);
  rogue.send({ type: "cancel", ...block(1) });
  await sim.advance(10_000);
  assertEquals(answersOf(rogue), { pieces: ["1:0:16384", "2:0:16384"], rejects: ["2:0:16384"] });
});

Deno.test("Of a flood of requests each one that is not taken is rejected (BEP 6)", async () => {
  await using sim = new Simulation(6);
  const torrent = await createFortyPieces();
  sim.seed("node", torrent, { maxUpRate: 100 * U });
  using rogue = await dial(sim, torrent);
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  const requests = Array.from({ length: 1_500 }, (_, at) => block(at % 39, at % 2));
  ask(rogue, requests);
  await sim.advance(30_000);
  assertAnsweredOnce(rogue, torrent, requests);
  const served = rogue.all("piece").length;
  assert(served >= 500 && served < 600, `${served} were served`);
});

Deno.test("A request while we choke is rejected (BEP 6), and one of a granted piece is served", async () => {
  await using sim = new Simulation(7);
  const torrent = await createFortyPieces();
  const { infoHash, layout: { pieceCount } } = torrent.info;
  sim.seed("node", torrent);
  const host = "80.4.4.200";
  using rogue = await dial(sim, torrent, { host });
  rogue.send({ type: "have-none" });
  await sim.until(() => rogue.all("allowed-fast").length === 10);
  const granted = rogue.all("allowed-fast").map(({ index }) => index);
  assertEquals(granted, [...await allowedFastSet({ host, infoHash, pieceCount })]);
  for (let index = 0; index < 40; index++) rogue.send(request(index));
  await sim.settle();
  assertEquals(rogue.all("unchoke"), []);
  assertEquals(new Set(rogue.all("piece").map(({ index }) => index)), new Set(granted));
  assertEquals(rogue.all("reject").length, 30);
  for (let index = 0; index < 10; index++) rogue.send({ type: "have", index });
  rogue.send(request(granted[0]!, 1));
  await sim.settle();
  assertEquals([rogue.all("piece").length, rogue.all("reject").length], [11, 30]);
  rogue.send({ type: "have", index: 10 }, request(granted[1]!, 1));
  await sim.settle();
  assertEquals([rogue.all("piece").length, rogue.all("reject").length], [11, 31]);
});

Deno.test("A granted piece is served once to whom we choke, however often it is asked for (BEP 6)", async () => {
  await using sim = new Simulation(21);
  const torrent = await createFortyPieces();
  sim.seed("10.0.0.1", torrent);
  using rogue = await dial(sim, torrent, { host: "10.0.0.2" });
  rogue.send({ type: "have-none" });
  const { index } = await rogue.next("allowed-fast");
  for (let round = 0; round < 3; round++) {
    ask(rogue, [block(index, 0), block(index, 1)]);
  }
  await sim.settle();
  const { pieces, rejects } = answersOf(rogue);
  assertEquals([pieces.length, rejects.length], [2, 4]);
});

Deno.test("A granted piece that is not held is rejected, and served when it is held (BEP 6)", async () => {
  await using sim = new Simulation(8);
  const torrent = await createFortyPieces();
  const { infoHash, layout } = torrent.info;
  const host = "80.4.4.200";
  const { pieceCount } = layout;
  const [first = 0, second = 0] = await allowedFastSet({ host, infoHash, pieceCount });
  const here = sim.node("node").add(await sim.partialStore(torrent, [first]));
  using rogue = await dial(sim, torrent, { host });
  rogue.send({ type: "have-none" }, request(first), request(second));
  await rogue.next("reject");
  await sim.settle();
  assertEquals(answersOf(rogue), { pieces: [`${first}:0:${U}`], rejects: [`${second}:0:${U}`] });
  await here.supply(layout.pieceIndex(second), pieceOf(torrent, second));
  rogue.send(request(second));
  await sim.settle();
  assertEquals(answersOf(rogue).pieces.at(-1), `${second}:0:${U}`);
  assertEquals(rogue.state, "open");
});

Deno.test("Nothing is granted to whom has ten pieces, has no IPv4 address, or is our own kind", async () => {
  await using sim = new Simulation(9);
  const torrent = await createFortyPieces();
  sim.seed("node", torrent);
  const count = async (host: string, meet: (rogue: RoguePeer) => void): Promise<number> => {
    using rogue = await dial(sim, torrent, { host, extensions: FAST_AND_EXTENDED });
    meet(rogue);
    rogue.send({ type: "interested" });
    await rogue.next("unchoke");
    return rogue.all("allowed-fast").length;
  };
  const tell = (pieces: number[]) => (rogue: RoguePeer): void => {
    rogue.offer(torrent, pieces);
  };
  const nine = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  assertEquals(await count("80.4.4.1", tell(nine)), 10);
  assertEquals(await count("80.4.4.2", tell([...nine, 39])), 0);
  assertEquals(await count("2001:db8::7", tell([])), 0);
  const asOurKind = (rogue: RoguePeer): void => {
    rogue.extend({ blockLength: 4 * U });
    rogue.send({ type: "have-none" });
  };
  assertEquals(await count("80.4.4.3", asOurKind), 0);
});

Deno.test("A block that cannot be read is rejected, and the connection goes on (BEP 6)", async () => {
  await using sim = new Simulation(10);
  const torrent = await createFortyPieces();
  const store = sim.store(torrent.info, torrent.data);
  const read = store.read.bind(store);
  store.read = (index, begin, target) =>
    index === 7 ? Promise.reject(new Error("bad sector")) : read(index, begin, target);
  sim.node("node").add(store);
  using rogue = await dial(sim, torrent);
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  const requests = [block(6), block(7), block(7, 1), block(8)];
  ask(rogue, requests);
  await sim.settle();
  assertAnsweredOnce(rogue, torrent, requests);
  assertEquals(answersOf(rogue).rejects, [`7:0:${U}`, `7:${U}:${U}`]);
  assertEquals(rogue.state, "open");
});

Deno.test("A request for a piece that is not held is rejected, for one that cannot be the end", async () => {
  await using sim = new Simulation(11);
  const torrent = await createFortyPieces();
  sim.node("node").add(await sim.partialStore(torrent, [1]), { intent: "serve" });
  using rogue = await dial(sim, torrent);
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  rogue.send(request(1), request(2));
  await sim.settle();
  assertEquals(answersOf(rogue), { pieces: [`1:0:${U}`], rejects: [`2:0:${U}`] });
  rogue.send(request(40));
  await rogue.closed;
});

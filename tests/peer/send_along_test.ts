import { assert, assertEquals } from "@std/assert";
import { concatBytes } from "../../lib/bytes/mod.ts";
import { PieceLayout } from "../../lib/metainfo/mod.ts";
import { FakeClock } from "../../lib/net/mod.ts";
import { decodeMessage, MAX_QUEUED_MESSAGES, type Message, Outgoing } from "../../lib/peer/mod.ts";
import { createFortyPieces, dial, PLAIN, request, U } from "./fast_rogue.ts";
import { dialTaker } from "./guide_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { pieceOf, type SimulatedTorrent, Simulation } from "./simulation.ts";

const LAYOUT = new PieceLayout({ pieceLength: 4 * U, totalLength: 40 * U });
const HAVE = { type: "have", index: 5 } as const;

/** A queue, what its connection was given until now, and how often it ran over. */
function openOutgoing() {
  const clock = new FakeClock();
  const taken: Message[][] = [];
  const counts = { overflows: 0, ended: 0 };
  const outgoing = new Outgoing({
    clock,
    source: { read: () => Promise.resolve() },
    onUpload: () => undefined,
    onOverflow: () => void counts.overflows++,
  });
  void (async () => {
    for await (const batch of outgoing.readable) {
      taken.push(
        batch.map((payload) =>
          decodeMessage(concatBytes(payload instanceof Uint8Array ? [payload] : payload))
        ),
      );
    }
    counts.ended++;
  })();
  return { outgoing, clock, taken, counts, settle: () => clock.advance(0) };
}

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

pure(
  "What is to go along waits for the next message, and goes before it in the same batch",
  async () => {
    const { outgoing, taken, settle } = openOutgoing();
    await settle();
    outgoing.sendAlong(HAVE);
    outgoing.sendAlong({ type: "have", index: 6 });
    await settle();
    assertEquals(taken, []);
    outgoing.send({ type: "unchoke" });
    await settle();
    assertEquals(taken, [[HAVE, { type: "have", index: 6 }, { type: "unchoke" }]]);
  },
);

pure("What is to go along goes before a block that is served", async () => {
  const { outgoing, taken, settle } = openOutgoing();
  await settle();
  outgoing.sendAlong(HAVE);
  outgoing.serve({ index: LAYOUT.pieceIndex(1), begin: 0, length: U });
  await settle();
  assertEquals(taken.flat().map(({ type }) => type), ["have", "piece"]);
});

pure(
  "What is to go along goes at the next flush, once, and a flush of nothing sends nothing",
  async () => {
    const { outgoing, taken, settle } = openOutgoing();
    await settle();
    outgoing.flush();
    await settle();
    assertEquals(taken, []);
    outgoing.sendAlong(HAVE);
    assert(!outgoing.isIdle);
    outgoing.flush();
    outgoing.flush();
    await settle();
    assertEquals(taken, [[HAVE]]);
    assert(outgoing.isIdle);
    outgoing.flush();
    await settle();
    assertEquals(taken.length, 1);
  },
);

pure("What is to go along is sent before the end, and dropped after it", async () => {
  const { outgoing, taken, counts, settle } = openOutgoing();
  await settle();
  outgoing.sendAlong(HAVE);
  outgoing.end();
  outgoing.sendAlong({ type: "have", index: 7 });
  await settle();
  assertEquals([taken, counts.ended], [[[HAVE]], 1]);
});

pure("When many messages are to go along, they go without another one", async () => {
  const { outgoing, taken, counts, settle } = openOutgoing();
  await settle();
  for (let count = 0; count < 100; count++) outgoing.sendAlong(HAVE);
  await settle();
  assertEquals(taken, []);
  outgoing.sendAlong(HAVE);
  await settle();
  assertEquals([taken.flat().length, counts.overflows], [101, 0]);
});

pure("What is to go along counts as a message that waits: one too many is reported", async () => {
  const { outgoing, counts, settle } = openOutgoing();
  for (let count = 0; count < MAX_QUEUED_MESSAGES; count++) outgoing.sendAlong(HAVE);
  assertEquals(counts.overflows, 0);
  outgoing.sendAlong(HAVE);
  assertEquals(counts.overflows, 1);
  await settle();
});

/** Connects a peer that says that it has some pieces, and gives none. */
async function owner(
  sim: Simulation,
  torrent: SimulatedTorrent,
  host: string,
  pieces: number[],
): Promise<RoguePeer> {
  const rogue = await dial(sim, torrent, { host, extensions: PLAIN });
  rogue.sendTogether(() => {
    rogue.offer(torrent, pieces);
    rogue.send({ type: "choke" });
  });
  await sim.settle();
  return rogue;
}

function havesOf(rogue: RoguePeer): number[] {
  return rogue.all("have").map(({ index }) => index);
}

Deno.test("A piece that few have is told at once, one that four have with the next message", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  const { layout } = torrent.info;
  const here = sim.node("node").add(sim.store(torrent.info));
  for (let at = 0; at < 3; at++) await owner(sim, torrent, `owner${at}`, [5, 7]);
  await owner(sim, torrent, "fourth", [7]);
  using lacking = await dialTaker(sim, torrent, { host: "lacking" });
  lacking.send({ type: "have-none" });
  await sim.settle();
  await here.supply(layout.pieceIndex(7), pieceOf(torrent, 7));
  await sim.settle();
  assertEquals(havesOf(lacking), [], "four have it: that is no news");
  await here.supply(layout.pieceIndex(5), pieceOf(torrent, 5));
  await sim.settle();
  assertEquals(havesOf(lacking), [7, 5], "three have it, and the other one goes along");
});

Deno.test("A piece that many have is told within a second where nothing else is to be said", async () => {
  await using sim = new Simulation(2);
  const torrent = await createFortyPieces();
  const here = sim.node("node").add(sim.store(torrent.info));
  for (let at = 0; at < 6; at++) await owner(sim, torrent, `owner${at}`, [7]);
  using lacking = await dialTaker(sim, torrent, { host: "lacking" });
  lacking.send({ type: "have-none" });
  await sim.settle();
  await here.supply(torrent.info.layout.pieceIndex(7), pieceOf(torrent, 7));
  await sim.settle();
  assertEquals(havesOf(lacking), []);
  await sim.advance(1_000);
  assertEquals(havesOf(lacking), [7]);
  await sim.advance(5_000);
  assertEquals(havesOf(lacking), [7], "it is told once");
});

Deno.test("A peer that was not told of a piece yet may ask for it, and is told before it comes", async () => {
  await using sim = new Simulation(3);
  const torrent = await createFortyPieces();
  const here = sim.node("node").add(await sim.partialStore(torrent, [0]));
  for (let at = 0; at < 4; at++) await owner(sim, torrent, `owner${at}`, [7]);
  using lacking = await dialTaker(sim, torrent, { host: "lacking" });
  lacking.send({ type: "have-none" }, { type: "interested" });
  await lacking.next("unchoke");
  await here.supply(torrent.info.layout.pieceIndex(7), pieceOf(torrent, 7));
  await sim.settle();
  assertEquals(havesOf(lacking), []);
  lacking.send(request(7));
  const { index } = await lacking.next("piece");
  assertEquals([index, havesOf(lacking)], [7, [7]]);
  const types = lacking.log.map(({ type }) => type);
  assert(types.indexOf("have") < types.indexOf("piece"), `${types}`);
});

Deno.test("Those who have a piece are not told that it is held, however long it takes", async () => {
  await using sim = new Simulation(4);
  const torrent = await createFortyPieces();
  const here = sim.node("node").add(sim.store(torrent.info));
  const owners = [];
  for (let at = 0; at < 5; at++) owners.push(await owner(sim, torrent, `owner${at}`, [7]));
  await here.supply(torrent.info.layout.pieceIndex(7), pieceOf(torrent, 7));
  await here.supply(torrent.info.layout.pieceIndex(8), pieceOf(torrent, 8));
  await sim.advance(5_000);
  for (const each of owners) assertEquals(havesOf(each), [8]);
});

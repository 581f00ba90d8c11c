import { assert, assertEquals } from "@std/assert";
import { createInfo } from "../../lib/metainfo/mod.ts";
import { MAX_CONNECTIONS } from "../../lib/peer/limits.ts";
import { peerPriority } from "../../lib/peer/policy/mod.ts";
import {
  decodeExtendedHandshake,
  decodePeerExchange,
  EXTENSION_ID,
} from "../../lib/peer/wire/mod.ts";
import { createFortyPieces, dial, FAST_AND_EXTENDED, nameOf, U } from "./fast_rogue.ts";
import { LossyStore } from "./lossy_store.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { type SimulatedTorrent, Simulation } from "./simulation.ts";

Deno.test("What crosses a choke is taken, and not asked for twice (BEP 6)", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using rogue = await dial(sim, torrent);
  rogue.send({ type: "have-all" }, { type: "unchoke" });
  const request = await rogue.next("request");
  await sim.settle();
  rogue.send({ type: "choke" });
  rogue.answer(torrent, request, "right");
  await sim.settle();
  assertEquals(rogue.state, "open");
  assertEquals(leecher.status.downloaded, request.length, "the block is taken");
});

Deno.test("A request for an allowed-fast piece outlives a choke and is not made twice (BEP 6)", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  sim.leech("leecher", torrent);
  using rogue = await dial(sim, torrent);
  rogue.send({ type: "have-all" }, { type: "allowed-fast", index: 5 });
  await rogue.next("request");
  await sim.settle();
  const before = rogue.all("request").map(nameOf);
  rogue.send({ type: "unchoke" }, { type: "choke" });
  await sim.settle();
  assertEquals(rogue.all("request").map(nameOf).filter((n) => n.startsWith("5:")), before);
});

Deno.test("A piece that a peer allows and then rejects while it chokes is not asked for without end (BEP 6)", async () => {
  await using sim = new Simulation(2);
  const torrent = await createFortyPieces();
  sim.leech("leecher", torrent);
  using rogue = await dial(sim, torrent);
  rogue.send({ type: "have-all" }, { type: "allowed-fast", index: 5 });
  let rejected = 0;
  for (let turn = 0; turn < 50; turn++) {
    await sim.settle();
    for (const request of rogue.all("request").slice(rejected)) {
      rogue.send({ ...request, type: "reject" });
      rejected++;
    }
  }
  const count = rogue.all("request").length;
  assert(count <= 4, `${count} requests for two blocks`);
});

Deno.test("An allowed-fast piece that the peer gets later is fetched while it chokes (BEP 6)", async () => {
  await using sim = new Simulation(3);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using rogue = await dial(sim, torrent);
  rogue.send({ type: "have-none" }, { type: "allowed-fast", index: 5 }, { type: "have", index: 5 });
  void rogue.serve(torrent);
  await sim.advance(5_000);
  assertEquals([...leecher.store.held.ones()], [5]);
});

Deno.test("A private torrent tells nobody of its peers, whoever asks for it (BEP 27)", async () => {
  await using sim = new Simulation(1);
  const { info: { name, shape, pieceLength, pieceHashes }, data } = await createFortyPieces();
  const files = [{ path: [], length: data.length }];
  const fields = { name, shape, pieceLength, pieceHashes, files };
  const torrent = { info: await createInfo({ ...fields, privacy: "private" }), data };
  sim.leech("10.0.0.1", torrent);
  using other = await dial(sim, torrent, { host: "10.0.0.2", extensions: FAST_AND_EXTENDED });
  other.extend({ port: 2_000 });
  using rogue = await dial(sim, torrent, { host: "10.0.0.3", extensions: FAST_AND_EXTENDED });
  rogue.extend({ extensions: new Map([["ut_pex", 55]]) });
  await sim.advance(70_000);
  assertEquals(rogue.all("extended").filter(({ id }) => id === 55), []);
});

Deno.test("A metadata message of any type that is not known is ignored (BEP 9)", async () => {
  for (const type of ["-1", "18446744073709551616"]) {
    await using sim = new Simulation(2);
    const torrent = await createFortyPieces();
    sim.seed("node", torrent);
    using rogue = await dial(sim, torrent, { extensions: FAST_AND_EXTENDED });
    const payload = new TextEncoder().encode(`d8:msg_typei${type}e5:piecei0ee`);
    rogue.send({ type: "extended", id: EXTENSION_ID.ut_metadata, payload });
    await sim.settle();
    assertEquals(rogue.state, "open", type);
  }
});

Deno.test("A seeder that loses a piece is not upload-only any more, and says so (BEP 21)", async () => {
  await using sim = new Simulation(3);
  const torrent = await createFortyPieces();
  const store = new LossyStore(sim.store(torrent.info, torrent.data));
  sim.node("node").add(store);
  using rogue = await dial(sim, torrent, { extensions: FAST_AND_EXTENDED });
  rogue.extend({ extensions: new Map([["lt_donthave", 44]]) });
  rogue.offer(torrent, [7]);
  await sim.settle();
  store.lose(torrent.info.layout.pieceIndex(7));
  await sim.settle();
  const told = rogue.all("extended").filter(({ id }) => id === 0)
    .map(({ payload }) => decodeExtendedHandshake(payload).appetite);
  assertEquals([rogue.all("interested").length, ...told], [1, "nothing", "pieces"]);
});

Deno.test("A peer is told of a loss only if it was told of the piece (BEP 54)", async () => {
  await using sim = new Simulation(4);
  const torrent = await createFortyPieces();
  const store = new LossyStore(await sim.partialStore(torrent, [0]));
  const here = sim.node("node").add(store, { intent: "serve" });
  using rogue = await dial(sim, torrent, { extensions: FAST_AND_EXTENDED });
  rogue.extend({ extensions: new Map([["lt_donthave", 44]]) });
  rogue.offer(torrent, [7]);
  await sim.settle();
  const index = torrent.info.layout.pieceIndex(7);
  assertEquals(await here.supply(index, torrent.data.subarray(7 * 2 * U, 8 * 2 * U)), "held");
  await sim.settle();
  assertEquals(rogue.all("have"), []);
  store.lose(index);
  await sim.settle();
  assertEquals(rogue.all("extended").filter(({ id }) => id === 44), []);
});

Deno.test("A peer that has been rejecting one broken piece is not asked for it without pause", async () => {
  await using sim = new Simulation(5);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using rogue = await dial(sim, torrent, { extensions: new Set(["fast"] as const) });
  rogue.send({ type: "have-all" }, { type: "unchoke" });
  let answered = 0;
  for (let turn = 0; turn < 2_000 && rogue.state === "open"; turn++) {
    await sim.settle();
    const requests = rogue.all("request").slice(answered);
    answered += requests.length;
    for (const request of requests) {
      if (request.index === 7) rogue.send({ ...request, type: "reject" });
      else rogue.answer(torrent, request, "right");
    }
    if (requests.length === 0) break;
  }
  const count = rogue.all("request").filter(({ index }) => index === 7).length;
  assert(
    count < 20,
    `${count} requests for the two blocks of a piece; ${leecher.links.length} links; ${sim.clock.now()} ms`,
  );
});

Deno.test("What a peer says in its extended handshakes takes bounded memory, however many it sends", async () => {
  await using sim = new Simulation(6);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using rogue = await dial(sim, torrent, { extensions: FAST_AND_EXTENDED });
  for (let turn = 0; turn < 50; turn++) {
    const names = Array.from({ length: 400 }, (_, at) => [`x${turn}_${at}`, 1 + at % 255] as const);
    rogue.extend({ extensions: new Map(names) });
    await sim.settle();
  }
  const { size } = leecher.links[0]!.session.extended.extensions;
  assert(size <= 1_000, `${size} names are remembered`);
});

const HERE = "10.0.0.1";

/** Hosts of networks of their own, from the lowest priority to the highest (BEP 40). */
function hostsByPriority(count: number): string[] {
  const priorityOf = (host: string): number =>
    peerPriority({ host: HERE, port: 1 }, { host, port: 1 });
  return Array.from({ length: count }, (_, at) => `${20 + (at >> 8)}.${at & 255}.0.1`)
    .sort((one, other) => priorityOf(one) - priorityOf(other));
}

/** A node with as many connections as it may have, but for those of the lowest and highest priority. */
async function fill(
  sim: Simulation,
  torrent: SimulatedTorrent,
): Promise<{ rogues: RoguePeer[]; lower: string; higher: string }> {
  sim.seed(HERE, torrent);
  const [lower, ...hosts] = hostsByPriority(MAX_CONNECTIONS + 2);
  const higher = hosts.pop();
  assert(lower !== undefined && higher !== undefined);
  const rogues: RoguePeer[] = [];
  for (const host of hosts) rogues.push(await dial(sim, torrent, { host }));
  await sim.settle();
  assert(rogues.every(({ state }) => state === "open"));
  return { rogues, lower, higher };
}

Deno.test("A full node takes one of higher priority in the place of the lowest (BEP 40)", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  const { rogues, higher } = await fill(sim, torrent);
  using late = await dial(sim, torrent, { host: higher });
  await sim.settle();
  assertEquals([late.state, rogues[0]!.state], ["open", "closed"]);
  assertEquals(rogues.filter(({ state }) => state === "open").length, MAX_CONNECTIONS - 1);
  for (const rogue of rogues) rogue.close();
});

Deno.test("Each contact of a peer exchange keeps its own flags where one at port 0 is left out (BEP 11)", () => {
  // d5:added12:<192.0.2.1 port 0><192.0.2.2 port 6881>7:added.f2:<10 02>e
  const payload = Uint8Array.from(
    "d5:added12:\xc0\x00\x02\x01\x00\x00\xc0\x00\x02\x02\x1a\xe17:added.f2:\x10\x02e",
    (char) => char.charCodeAt(0),
  );
  const added = decodePeerExchange(payload).added.map(({ port, traits }) => [port, ...traits]);
  assertEquals(added, [[6881, "upload-only"]]);
});

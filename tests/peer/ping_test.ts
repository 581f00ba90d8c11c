import { assert, assertEquals, assertRejects } from "@std/assert";
import { DeadlineError } from "../../lib/net/mod.ts";
import {
  decodePing,
  encodePing,
  EXTENSION_ID,
  PeerProtocolError,
  type PeerSession,
  type Torrent,
} from "../../lib/peer/mod.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { createTorrent, Simulation } from "./simulation.ts";

const EXTENDED = new Set(["extension-protocol"] as const);

function onlySession({ links }: Torrent): PeerSession {
  assert(links.length === 1 && links[0] !== undefined);
  return links[0].session;
}

/** A node that serves, and a rogue that is connected to it. */
async function meet(sim: Simulation): Promise<{ serving: Torrent; rogue: RoguePeer }> {
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const node = sim.node("node");
  const serving = node.add(sim.store(torrent.info, torrent.data));
  const rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, {
    infoHash,
    extensions: EXTENDED,
  });
  await sim.settle();
  return { serving, rogue };
}

Deno.test("Two nodes ping each other, several times at once", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent();
  const store = await sim.partialStore(torrent, [0]);
  const first = sim.node("first");
  const serving = first.add(store, { intent: "serve" });
  const leecher = sim.leech("leecher", torrent, { peers: [first.address] });
  await sim.until(() => leecher.store.held.count === 1, 1_000);
  const there = onlySession(leecher);
  const times = [there.ping(), there.ping(), onlySession(serving).ping(), there.ping()];
  assertEquals(await Promise.all(times), [0, 0, 0, 0]);
});

Deno.test("A ping takes as long as its own answer, whatever other answers come", async () => {
  await using sim = new Simulation(2);
  const { serving, rogue } = await meet(sim);
  rogue.extend({ extensions: new Map([["sl_ping", 33]]) });
  await sim.settle();
  const ping = onlySession(serving).ping();
  await sim.advance(200);
  const message = rogue.all("extended").find(({ id }) => id === 33);
  assert(message !== undefined);
  const { kind, nonce } = decodePing(message.payload);
  assertEquals(kind, "ping");
  const answer = (number: number): void => {
    const payload = encodePing({ kind: "pong", nonce: number });
    rogue.send({ type: "extended", id: EXTENSION_ID.sl_ping, payload });
  };
  answer(nonce + 1);
  await sim.advance(1_000);
  answer(nonce);
  assertEquals(await ping, 1_200);
  answer(nonce);
  await sim.settle();
  assertEquals(rogue.state, "open");
  rogue.close();
});

Deno.test("A ping that is not answered fails after 5 s", async () => {
  await using sim = new Simulation(3);
  const { serving, rogue } = await meet(sim);
  rogue.extend({ extensions: new Map([["sl_ping", 33]]) });
  await sim.settle();
  let state = "waiting";
  const failure = assertRejects(() => onlySession(serving).ping(), DeadlineError)
    .finally(() => state = "failed");
  await sim.advance(4_999);
  assertEquals(state, "waiting");
  await sim.advance(1);
  assertEquals(state, "failed");
  await failure;
  rogue.close();
});

Deno.test("A ping fails at once when the peer goes, or we do", async () => {
  await using sim = new Simulation(7);
  for (const goes of ["peer", "node"]) {
    const { serving, rogue } = await meet(sim);
    rogue.extend({ extensions: new Map([["sl_ping", 33]]) });
    await sim.settle();
    const failure = assertRejects(() => onlySession(serving).ping(), PeerProtocolError, "gone");
    if (goes === "peer") rogue.close();
    else await sim.nodes.at(-1)!.close();
    await failure;
    await sim.nodes.at(-1)!.close();
  }
  assertEquals(sim.clock.now(), 0);
});

Deno.test("A ping fails at once when the peer does not know it, or has switched it off", async () => {
  await using sim = new Simulation(4);
  const { serving, rogue } = await meet(sim);
  await assertRejects(() => onlySession(serving).ping(), PeerProtocolError, "sl_ping");
  rogue.extend({ extensions: new Map([["sl_ping", 0]]) });
  await sim.settle();
  await assertRejects(() => onlySession(serving).ping(), PeerProtocolError, "sl_ping");
  rogue.close();
});

Deno.test("A ping of a peer is answered under the id that it gave", async () => {
  await using sim = new Simulation(5);
  const { rogue } = await meet(sim);
  const payload = encodePing({ kind: "ping", nonce: 4_000_000_000 });
  rogue.send({ type: "extended", id: EXTENSION_ID.sl_ping, payload });
  await sim.settle();
  assertEquals(rogue.all("extended").length, 1, "nobody knows where to send the answer");
  rogue.extend({ extensions: new Map([["sl_ping", 200]]) });
  rogue.send({ type: "extended", id: EXTENSION_ID.sl_ping, payload });
  await sim.settle();
  const answer = rogue.all("extended").at(-1);
  assertEquals(answer?.id, 200);
  assertEquals(decodePing(answer!.payload), { kind: "pong", nonce: 4_000_000_000 });
  rogue.close();
});

Deno.test("A node tells its port, its queue and its blocks to those who speak extensions alone", async () => {
  await using sim = new Simulation(6);
  const { serving, rogue } = await meet(sim);
  const text = new TextDecoder().decode(rogue.all("extended")[0]?.payload);
  for (const member of ["7:sl_pingi1e", "4:reqqi500e", "8:sl_blocki", "1:pi4915"]) {
    assert(text.includes(member), text);
  }
  const { infoHash } = serving.store.info;
  const { address } = sim.nodes[0]!;
  using plain = await RoguePeer.dial(sim.network.host("plain"), address, { infoHash });
  await sim.settle();
  assertEquals(plain.log.map(({ type }) => type), ["bitfield"]);
  assert(plain.theirs.extensions.has("extension-protocol"));
  rogue.close();
});

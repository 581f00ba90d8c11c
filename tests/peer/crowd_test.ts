import { assert, assertEquals } from "@std/assert";
import { type Connection, formatAddress } from "../../lib/net/mod.ts";
import { MAX_CONNECTIONS_PER_ADDRESS, MAX_UNGREETED, type PeerNode } from "../../lib/peer/mod.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { createTorrent, Simulation } from "./simulation.ts";

/** Connects as so many hosts and says nothing; the result tells, in order, who was closed. */
async function keepSilent(
  sim: Simulation,
  node: PeerNode,
  count: number,
): Promise<{ readonly connections: Connection[]; readonly closed: Set<number> }> {
  const hosts = Array.from({ length: count }, (_, at) => sim.network.host(`silent${at}`));
  const connections = await Promise.all(hosts.map((host) => host.dial(node.address)));
  const closed = new Set<number>();
  connections.forEach(async ({ readable }, at): Promise<void> => {
    const reader = readable.getReader();
    while (!(await reader.read()).done);
    closed.add(at);
  });
  return { connections, closed };
}

for (const count of [MAX_UNGREETED, MAX_UNGREETED + 1, 300]) {
  Deno.test(`${count} silent strangers of as many addresses do not keep a leecher out`, async () => {
    await using sim = new Simulation(1);
    const torrent = await createTorrent();
    const node = sim.seed("node", torrent);
    const { connections, closed } = await keepSilent(sim, node, count);
    await sim.settle();
    const surplus = count - MAX_UNGREETED;
    assertEquals([...closed], Array.from({ length: surplus }, (_, at) => at));
    const leecher = sim.leech("leecher", torrent, { peers: [node.address] });
    assert(await sim.until(() => leecher.store.held.isFull) < 1_000);
    assertEquals([...closed], Array.from({ length: surplus + 1 }, (_, at) => at));
    for (const connection of connections) connection.close();
    await sim.settle();
  });
}

Deno.test("Strangers that have greeted do not give way to silent ones", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const node = sim.seed("node", torrent);
  using early = await RoguePeer.dial(sim.network.host("early"), node.address, { infoHash });
  const { connections } = await keepSilent(sim, node, 100);
  await sim.settle();
  early.send({ type: "interested" });
  await early.next("unchoke");
  for (const connection of connections) connection.close();
  await sim.settle();
});

for (const [host, most] of [["office", MAX_CONNECTIONS_PER_ADDRESS], ["127.0.0.1", 15]] as const) {
  Deno.test(`A node that dials 15 peers at ${host} holds connections to ${most}`, async () => {
    await using sim = new Simulation(3);
    const torrent = await createTorrent();
    const { infoHash } = torrent.info;
    const listeners = Array.from({ length: 15 }, () => sim.listen(host));
    const peers = listeners.map(({ address }) => address);
    const rogues: RoguePeer[] = [];
    for (const listener of listeners) {
      void RoguePeer.accept(listener, { infoHash }).then((rogue) => rogues.push(rogue));
    }
    const leecher = sim.leech("leecher", torrent, { peers });
    await sim.settle();
    assertEquals([rogues.length, leecher.links.length], [15, most]);
    assertEquals(rogues.filter(({ state }) => state === "open").length, most);
    for (const listener of listeners) listener.close();
    for (const rogue of rogues) rogue.close();
    await sim.settle();
  });
}

Deno.test("What was dialled and what dialled us counts together, of one address", async () => {
  await using sim = new Simulation(4);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const node = sim.nodes[0]!;
  const rogues: RoguePeer[] = [];
  for (let at = 0; at < MAX_CONNECTIONS_PER_ADDRESS; at++) {
    rogues.push(await RoguePeer.dial(sim.network.host("office"), node.address, { infoHash }));
  }
  using listener = sim.listen("office");
  leecher.addPeers([listener.address]);
  const late = await RoguePeer.accept(listener, { infoHash });
  await late.closed;
  assertEquals(leecher.links.length, MAX_CONNECTIONS_PER_ADDRESS);
  for (const rogue of rogues) rogue.close();
  await sim.settle();
});

Deno.test("Seeders that have nothing to give each other dial each other once", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent();
  const nodes = ["a", "b", "c"].map((host) => sim.node(host));
  const peers = nodes.map(({ address }) => address);
  const seeders = nodes.map((node) => node.add(sim.store(torrent.info, torrent.data), { peers }));
  await sim.advance(600_000);
  assertEquals(seeders.map(({ links }) => links.length), [0, 0, 0]);
  // Each is dialled by both others.
  assertEquals(nodes.map(({ address }) => sim.dials.get(formatAddress(address))), [2, 2, 2]);
});

Deno.test("Seeders whose leecher has gone do not look for it", async () => {
  await using sim = new Simulation(6);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  using listener = sim.listen("leecher");
  const seeder = sim.node("seeder");
  seeder.add(sim.store(torrent.info, torrent.data), { peers: [listener.address] });
  const leecher = await RoguePeer.accept(listener, { infoHash });
  await sim.advance(70_000);
  leecher.close();
  await sim.advance(600_000);
  assertEquals(sim.dials.get(formatAddress(listener.address)), 1);
});

Deno.test("Connections that come and go leave no timer behind, whatever they have said", async () => {
  await using sim = new Simulation(9);
  const torrent = await createTorrent();
  const node = sim.seed("node", torrent);
  await sim.settle();
  const baseline = sim.clock.pending;
  const { infoHash } = torrent.info;
  for (let count = 0; count < 300; count++) {
    const host = sim.network.host(`stranger ${count}`);
    if (count % 3 === 2) {
      using rogue = await RoguePeer.dial(host, node.address, { infoHash });
      rogue.send({ type: "interested" });
    } else {
      using connection = await host.dial(node.address);
      if (count % 3 === 1) await connection.writable.getWriter().write(Uint8Array.of(19, 66));
    }
    await sim.settle();
  }
  // Sooner than the time for a handshake is over.
  await sim.advance(5_000);
  assertEquals([...node.torrents.values()].map(({ links }) => links.length), [0]);
  assertEquals(sim.clock.pending, baseline);
});
